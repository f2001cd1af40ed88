//! Texts that are waited for: what an edit has to make of a document. Whether
//! the editor did it is told by the text that it sends, not by its word.

use std::path::{Path, PathBuf};

use tokio::sync::oneshot;

/// All that is waited for.
#[derive(Debug, Default)]
pub(super) struct Expectations(Vec<Expectation>);

#[derive(Debug)]
struct Expectation {
    path: PathBuf,
    text: String,
    met: oneshot::Sender<()>,
}

impl Expectations {
    /// From now on, waits for the document to have exactly this text, be it for
    /// a moment: a person may type on. Dropping the receiver ends it.
    pub(super) fn add(&mut self, path: PathBuf, text: String) -> oneshot::Receiver<()> {
        self.0.retain(|expectation| !expectation.met.is_closed());
        let (met, receiver) = oneshot::channel();
        self.0.push(Expectation { path, text, met });
        receiver
    }

    /// Whether anything is waited for at `path`.
    pub(super) fn concern(&self, path: &Path) -> bool {
        self.0.iter().any(|expectation| expectation.path == path)
    }

    /// The document at `path` has this text now. Whether that was waited for.
    pub(super) fn seen(&mut self, path: &Path, text: &str) -> bool {
        let met = self.0.extract_if(.., |waited| waited.path == path && waited.text == text);
        let mut any = false;
        for expectation in met {
            any = true;
            let _ = expectation.met.send(());
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_counts_even_if_it_does_not_stay() {
        let mut expectations = Expectations::default();
        let mut met = expectations.add("/a".into(), "new".to_owned());
        expectations.seen(Path::new("/b"), "new");
        expectations.seen(Path::new("/a"), "old");
        assert!(met.try_recv().is_err());
        expectations.seen(Path::new("/a"), "new");
        expectations.seen(Path::new("/a"), "new and typed on");
        assert!(met.try_recv().is_ok());
        assert!(!expectations.concern(Path::new("/a")));
    }

    #[test]
    fn what_nobody_waits_for_is_forgotten() {
        let mut expectations = Expectations::default();
        drop(expectations.add("/a".into(), String::new()));
        let _kept = expectations.add("/b".into(), String::new());
        assert!(!expectations.concern(Path::new("/a")));
    }
}
