//! Texts that are waited for: what an edit has to make of a document. Whether
//! the editor did it is told by the text that it sends, not by its word.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::oneshot;

/// All that is waited for.
#[derive(Debug, Default)]
pub(super) struct Expectations(Vec<Expectation>);

#[derive(Debug)]
struct Expectation {
    path: PathBuf,
    text: Arc<str>,
    met: oneshot::Sender<()>,
}

impl Expectations {
    /// From now on, waits for the document to have exactly this text, be it for
    /// a moment: a person may type on. Dropping the receiver ends it.
    pub(super) fn add(&mut self, path: PathBuf, text: Arc<str>) -> oneshot::Receiver<()> {
        self.0.retain(|expectation| !expectation.met.is_closed());
        let (met, receiver) = oneshot::channel();
        self.0.push(Expectation { path, text, met });
        receiver
    }

    /// Whether anything is waited for at `path`.
    pub(super) fn concern(&self, path: &Path) -> bool {
        self.0.iter().any(|expectation| expectation.path == path)
    }

    /// The document at `path` has another text now, and `is` tells whether it is
    /// one. Whether that was waited for.
    pub(super) fn seen(&mut self, path: &Path, mut is: impl FnMut(&Arc<str>) -> bool) -> bool {
        let met = self.0.extract_if(.., |waited| waited.path == path && is(&waited.text));
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
        let mut met = expectations.add("/a".into(), "new".into());
        let mut seen =
            |path: &str, now: &str| expectations.seen(Path::new(path), |text| **text == *now);
        seen("/b", "new");
        seen("/a", "old");
        assert!(met.try_recv().is_err());
        seen("/a", "new");
        seen("/a", "new and typed on");
        assert!(met.try_recv().is_ok());
        assert!(!expectations.concern(Path::new("/a")));
    }

    #[test]
    fn what_nobody_waits_for_is_forgotten() {
        let mut expectations = Expectations::default();
        drop(expectations.add("/a".into(), "".into()));
        let _kept = expectations.add("/b".into(), "".into());
        assert!(!expectations.concern(Path::new("/a")));
    }
}
