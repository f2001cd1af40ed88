//! Undo: what a person or a server changes in one go goes back in one go.

use std::path::Path;

use super::Editor;

impl Editor {
    /// Takes the last change of a document back, whoever made it.
    ///
    /// # Panics
    /// When there is none.
    pub fn undo(&mut self, path: &Path) {
        let before = self.undo.get_mut(path).and_then(Vec::pop);
        let Some(before) = before else { panic!("nothing to undo in {}", path.display()) };
        let whole = 0..self.text(path).len();
        self.change(path, &[(whole.start, whole.end, before)]);
        // Going back is not a change to go back from.
        self.undo.get_mut(path).and_then(Vec::pop);
    }
}
