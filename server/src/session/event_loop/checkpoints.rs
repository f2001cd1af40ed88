//! What a person asks of the checkpoints: which there are, and to go back.

use std::path::PathBuf;

use super::{Session, SubmitError};
use crate::session::{history::HistoryItem, runner::Answer};

impl Session {
    pub(super) fn check_restore(&self) -> Result<(), SubmitError> {
        if self.task.is_some() {
            return Err(SubmitError::WrongState(
                "a task is running; wait until it has ended, or interrupt it, and restore then"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// A list, or a restore of a checkpoint and perhaps of certain files.
    pub(super) fn ask_checkpoints(
        &mut self,
        id: String,
        restore: Option<(String, Option<Vec<PathBuf>>)>,
    ) {
        self.asked += 1;
        match restore {
            None => self.runner.list_checkpoints(id),
            Some((checkpoint, paths)) => self.runner.restore(id, checkpoint, paths),
        }
    }

    pub(super) fn checkpoints_answered(&mut self, id: &str, answer: Answer) {
        self.asked = self.asked.saturating_sub(1);
        for event in answer.events {
            self.emit(id, event);
        }
        if let Some(note) = answer.note {
            self.remember(HistoryItem::Note(note));
        }
    }
}
