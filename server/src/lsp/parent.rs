//! Notices that the client's process is gone.

use tokio::sync::oneshot;

/// Ends when the process that is sent by the handler of `initialize` has ended.
/// Never ends when none is sent, or one that cannot be seen from here: the
/// client then runs elsewhere, and the end of the input has to do.
///
/// `started_by` is the process that this one was started by, from before the
/// client could end: see [`starter`].
pub(crate) async fn gone(parent: oneshot::Receiver<u32>, started_by: Option<i32>) {
    if let Ok(pid) = parent.await
        && let Some(pid) = i32::try_from(pid).ok()
    {
        wait(pid, started_by).await;
    } else {
        std::future::pending::<()>().await;
    }
}

/// The process that this one was started by.
pub(crate) fn starter() -> Option<i32> {
    #[cfg(unix)]
    return rustix::process::getppid().map(rustix::process::Pid::as_raw_pid);
    #[cfg(not(unix))]
    None
}

/// A thread of its own waits: the file that stands for the process can be
/// polled, but tokio registers a file it does not know only in unsafe code.
#[cfg(target_os = "linux")]
async fn wait(pid: i32, started_by: Option<i32>) {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        process::{Pid, PidfdFlags, pidfd_open},
    };

    let process = Pid::from_raw(pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    // It may have ended before that, and its number be another's by now.
    if started_by == Some(pid) && starter() != started_by {
        return;
    }
    let Some(process) = process else { return std::future::pending().await };
    let (ended, end) = oneshot::channel();
    let thread = std::thread::Builder::new().name("parent".to_owned()).stack_size(64 * 1024);
    let started = thread.spawn(move || {
        let mut files = [PollFd::new(&process, PollFlags::IN)];
        while poll(&mut files, None) == Err(rustix::io::Errno::INTR) {}
        let _ = ended.send(());
    });
    if started.is_err() || end.await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
async fn wait(pid: i32, started_by: Option<i32>) {
    use rustix::process::{Pid, test_kill_process};

    const INTERVAL: std::time::Duration = std::time::Duration::from_secs(2);
    let alive = || Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok());
    if started_by == Some(pid) && starter() != started_by {
        return;
    }
    if !alive() {
        return std::future::pending::<()>().await;
    }
    while alive() {
        tokio::time::sleep(INTERVAL).await;
    }
}

#[cfg(not(unix))]
async fn wait(_pid: i32, _started_by: Option<i32>) {
    std::future::pending().await
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Above what the kernel gives out: no process has it.
    const NOBODY: u32 = 1 << 23;

    async fn gone_at_once(started_by: Option<i32>) -> bool {
        let (send, parent) = oneshot::channel();
        send.send(NOBODY).expect("it is received");
        futures::poll!(std::pin::pin!(gone(parent, started_by))).is_ready()
    }

    #[tokio::test]
    async fn a_parent_that_ended_before_it_could_be_watched_is_gone() {
        assert!(gone_at_once(i32::try_from(NOBODY).ok()).await);
    }

    #[tokio::test]
    async fn a_client_that_was_never_seen_may_be_elsewhere() {
        assert!(!gone_at_once(starter()).await);
    }
}
