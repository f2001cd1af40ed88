//! Notices that the client's process is gone.

use tokio::sync::oneshot;

/// Ends when the process that is sent by the handler of `initialize` has ended.
/// Never ends when none is sent, or one that cannot be seen from here: the
/// client then runs elsewhere, and the end of the input has to do.
pub(crate) async fn gone(parent: oneshot::Receiver<u32>) {
    if let Ok(pid) = parent.await
        && let Some(pid) = i32::try_from(pid).ok()
    {
        wait(pid).await;
    } else {
        std::future::pending().await
    }
}

#[cfg(target_os = "linux")]
async fn wait(pid: i32) {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    use tokio::io::{Interest, unix::AsyncFd};

    let process = Pid::from_raw(pid)
        .and_then(|pid| pidfd_open(pid, PidfdFlags::NONBLOCK).ok())
        .and_then(|process| AsyncFd::with_interest(process, Interest::READABLE).ok());
    match process {
        Some(process) if process.readable().await.is_ok() => {}
        _ => std::future::pending().await,
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
async fn wait(pid: i32) {
    use rustix::process::{Pid, test_kill_process};

    const INTERVAL: std::time::Duration = std::time::Duration::from_secs(2);
    let alive = || Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok());
    if !alive() {
        return std::future::pending().await;
    }
    while alive() {
        tokio::time::sleep(INTERVAL).await;
    }
}

#[cfg(not(unix))]
async fn wait(_pid: i32) {
    std::future::pending().await
}
