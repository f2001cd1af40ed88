//! The running task, and where a person started it: what is asked about it later
//! is offered there.

use std::{collections::BTreeMap, path::PathBuf, sync::Mutex};

use tiro_protocol::{Event, EventMsg};

use super::front::lock;

/// Submissions that are remembered until their task starts or ends.
const REMEMBERED: usize = 64;

/// Where a task was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The document.
    pub(crate) path: PathBuf,
    /// 0-based.
    pub(crate) line: u32,
}

/// What is known of tasks. A task has the id of the submission that started it.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: Option<String>,
    origins: BTreeMap<String, Origin>,
}

impl Tasks {
    /// A submission comes from a place in a document.
    pub(crate) fn started_at(&self, submission: &str, origin: Origin) {
        let mut state = lock(&self.0);
        if state.origins.len() >= REMEMBERED {
            state.origins.pop_first();
        }
        state.origins.insert(submission.to_owned(), origin);
    }

    /// Takes note of the beginning and the end of tasks.
    pub(crate) fn observe(&self, event: &Event) {
        let mut state = lock(&self.0);
        match event.msg {
            EventMsg::TaskStarted => state.running = Some(event.id.clone()),
            EventMsg::TaskComplete => {
                state.running = None;
                state.origins.remove(&event.id);
            }
            _ => {}
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        lock(&self.0).running.is_some()
    }

    /// Where a task was started, if it was in a document.
    pub(crate) fn origin(&self, task: &str) -> Option<Origin> {
        lock(&self.0).origins.get(task).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_until_its_task_ends() {
        let tasks = Tasks::default();
        let origin = Origin { path: "/w/a.rs".into(), line: 3 };
        tasks.started_at("7", origin.clone());
        assert!(!tasks.is_running());
        tasks.observe(&Event { id: "7".into(), msg: EventMsg::TaskStarted });
        assert!(tasks.is_running());
        assert_eq!(tasks.origin("7"), Some(origin));
        tasks.observe(&Event { id: "7".into(), msg: EventMsg::TaskComplete });
        assert!(!tasks.is_running());
        assert_eq!(tasks.origin("7"), None);
    }
}
