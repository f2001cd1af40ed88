//! What the commands of one task share about files that are not saved: the
//! person is asked one question at a time, and not again after "run anyway".

use std::{path::PathBuf, sync::Arc};

use tokio::sync::Mutex;

use crate::{
    sandbox::SandboxError,
    workspace::{Saved, Workspace},
};

/// Whether the person lets commands see older text; one a task.
#[derive(Debug, Clone, Default)]
pub(super) struct Unsaved(Arc<Mutex<bool>>);

impl Unsaved {
    /// Returns when the command may run: the files of which it sees an older
    /// text. The error is for the model. It may be dropped at any time.
    pub(super) async fn settle(
        &self,
        workspace: &dyn Workspace,
        command: &[String],
        may_ask: bool,
    ) -> Result<Vec<PathBuf>, SandboxError> {
        let mut let_run = self.0.lock().await;
        let ask = may_ask && !*let_run;
        match workspace.save_for_command(command, ask).await {
            Saved::AllOnDisk => Ok(Vec::new()),
            Saved::Older(paths) => {
                *let_run |= ask;
                Ok(paths)
            }
            Saved::Declined => Err(SandboxError::NotStarted(
                "the person did not let it run while files have unsaved changes in the editor"
                    .to_owned(),
            )),
        }
    }
}
