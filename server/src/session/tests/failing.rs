//! What goes wrong inside, and the end of a session.

use std::path::{Path, PathBuf};

use futures::future::BoxFuture;

use super::*;
use crate::{
    documents::PositionEncoding,
    edits::EditPlan,
    workspace::{Applied, ApplyError, FileText, ReadError},
};

/// A workspace with a fault in it.
struct Broken(TestWorkspace);

impl Workspace for Broken {
    fn roots(&self) -> Vec<PathBuf> {
        self.0.roots()
    }

    fn encoding(&self) -> PositionEncoding {
        self.0.encoding()
    }

    fn read(&self, path: &Path) -> Result<FileText, ReadError> {
        self.0.read(path)
    }

    fn unsaved(&self) -> Vec<PathBuf> {
        panic!("out of luck")
    }

    fn apply(
        &self,
        plan: EditPlan,
        label: String,
    ) -> BoxFuture<'_, Result<Vec<Applied>, ApplyError>> {
        self.0.apply(plan, label)
    }
}

#[tokio::test]
async fn a_panic_while_the_model_is_asked_ends_the_task_with_an_error() {
    let workspace = Arc::new(Broken(TestWorkspace::new(&[])));
    let mut session = Session::start_in(workspace, []).await;
    session.configure("1", "a");
    session.say("2", "go");
    let events = session.until("2: complete").await;
    assert!(events.contains("2: error an error inside tiro"), "{events}");
    session.say("3", "again");
    session.until("3: complete").await;
}

#[tokio::test]
async fn a_session_that_nobody_listens_to_ends_at_once() {
    let mut session = Session::start([Reply::Silent(piece("hm"))]).await;
    session.configure("1", "a");
    session.say("2", "go");
    session.until("2: delta hm").await;
    let Session { handle, events, server } = session;
    drop(events);
    timeout(PATIENCE, handle.submissions.closed()).await.expect("it ends");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_input_that_says_nothing_is_refused() {
    let mut session = Session::start([]).await;
    session.configure("1", "a");
    session.until("1: configured a").await;
    for text in ["", " \n"] {
        let items = vec![InputItem::Text { text: text.to_owned() }];
        let refused = session.submit("2", Op::UserInput { items }).await;
        assert!(matches!(refused, Err(SubmitError::Invalid(_))), "{refused:?}");
    }
}
