//! One ordered log of what was seen, filled by reader threads and waited on by
//! tests. A wait ends when its predicate holds, when the source ends, or at the
//! deadline; it never polls the clock.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a test waits for something that ought to come. Generous, because a
/// loaded machine is no fault of the program; a passing test never waits so long.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A log that many threads hold. Entries are only ever appended.
#[derive(Debug)]
pub struct Log<T> {
    shared: Arc<Shared<T>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    entries: Vec<T>,
    ended: bool,
}

/// Why a wait found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSeen {
    /// Nothing more can come.
    Ended,
    /// The deadline passed.
    Deadline,
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        let state = State { entries: Vec::new(), ended: false };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }) }
    }
}

impl<T> Log<T> {
    /// Appends an entry and wakes who waits.
    pub fn push(&self, entry: T) {
        self.lock().entries.push(entry);
        self.shared.changed.notify_all();
    }

    /// Says that nothing more comes.
    pub fn end(&self) {
        self.lock().ended = true;
        self.shared.changed.notify_all();
    }

    /// Reads what is there now.
    pub fn read<R>(&self, read: impl FnOnce(&[T]) -> R) -> R {
        read(&self.lock().entries)
    }

    /// Waits until `find` finds something in the whole log.
    ///
    /// # Errors
    /// When the log ends first, or `deadline` passes.
    pub fn wait_for<R>(
        &self,
        deadline: Duration,
        mut find: impl FnMut(&[T]) -> Option<R>,
    ) -> Result<R, NotSeen> {
        let end = Instant::now() + deadline;
        let mut state = self.lock();
        loop {
            if let Some(found) = find(&state.entries) {
                return Ok(found);
            }
            if state.ended {
                return Err(NotSeen::Ended);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(NotSeen::Deadline);
            }
            state = self
                .shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    // A predicate that panics in one thread must not hide the log from the next.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Log, NotSeen};

    #[test]
    fn a_wait_sees_what_another_thread_appends() {
        let log = Log::default();
        let writer = log.clone();
        let thread = std::thread::spawn(move || (1..=3).for_each(|n| writer.push(n)));
        let found = log.wait_for(super::DEADLINE, |seen| seen.iter().position(|n| *n == 3));
        assert_eq!(found, Ok(2));
        thread.join().unwrap();
    }

    #[test]
    fn the_end_of_the_log_ends_a_wait() {
        let log = Log::<u8>::default();
        log.end();
        assert_eq!(log.wait_for(super::DEADLINE, |_| None::<()>), Err(NotSeen::Ended));
    }

    #[test]
    fn the_deadline_ends_a_wait() {
        let log = Log::<u8>::default();
        assert_eq!(log.wait_for(Duration::ZERO, |_| None::<()>), Err(NotSeen::Deadline));
    }
}
