//! The files as they are while the sections of a patch are worked through.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Change, FileUpdate};
use crate::patch::{PatchError, ReadFailure};

/// A text, and the file that it was in at first if it was in one.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) text: Arc<str>,
    origin: Option<PathBuf>,
}

struct Place {
    /// As it was read.
    before: Option<Arc<str>>,
    now: Option<File>,
    /// What was here and goes elsewhere in a later section.
    displaced: Option<File>,
}

type Read<'a> = dyn FnMut(&Path) -> Result<Arc<str>, ReadFailure> + 'a;

pub(super) struct Picture<'a> {
    read: &'a mut Read<'a>,
    places: BTreeMap<PathBuf, Place>,
    /// The keys of `places`, in the order of the patch.
    order: Vec<PathBuf>,
}

impl<'a> Picture<'a> {
    pub(super) fn new(read: &'a mut Read<'a>) -> Self {
        Self { read, places: BTreeMap::new(), order: Vec::new() }
    }

    fn place(&mut self, path: &Path) -> Result<&mut Place, PatchError> {
        if !self.places.contains_key(path) {
            let before = match (self.read)(path) {
                Ok(text) => Some(text),
                Err(ReadFailure::NotFound) => None,
                Err(ReadFailure::Unreadable(message)) => {
                    return Err(PatchError::Unreadable(message));
                }
            };
            self.order.push(path.to_owned());
            let origin = Some(path.to_owned());
            let now = before.clone().map(|text| File { text, origin });
            self.places.insert(path.to_owned(), Place { before, now, displaced: None });
        }
        Ok(self.places.get_mut(path).expect("it was put in above if it was not there"))
    }

    pub(super) fn text(
        &mut self,
        written: &Path,
        path: &Path,
        action: &'static str,
    ) -> Result<Arc<str>, PatchError> {
        let place = self.place(path)?;
        let file = place.now.as_ref().or(place.displaced.as_ref());
        file.map(|file| Arc::clone(&file.text)).ok_or_else(|| missing(written, action))
    }

    pub(super) fn add(
        &mut self,
        written: &Path,
        path: &Path,
        content: &str,
        leaves: bool,
    ) -> Result<(), PatchError> {
        let file = File { text: Arc::from(content), origin: None };
        self.put(written, path, file, leaves)
    }

    pub(super) fn delete(&mut self, written: &Path, path: &Path) -> Result<Arc<str>, PatchError> {
        let place = self.place(path)?;
        let file = place.displaced.take().or_else(|| place.now.take());
        file.map(|file| file.text).ok_or_else(|| missing(written, "deleted"))
    }

    /// The file to change, which is put back afterwards.
    pub(super) fn take(
        &mut self,
        written: &Path,
        path: &Path,
        moves: bool,
    ) -> Result<File, PatchError> {
        let place = self.place(path)?;
        let displaced = if moves { place.displaced.take() } else { None };
        displaced.or_else(|| place.now.take()).ok_or_else(|| missing(written, "updated"))
    }

    pub(super) fn put_back(&mut self, path: &Path, file: File) {
        if let Some(place) = self.places.get_mut(path) {
            place.now = Some(file);
        }
    }

    /// `leaves`: what is there now goes elsewhere in a later section.
    pub(super) fn put(
        &mut self,
        written: &Path,
        path: &Path,
        file: File,
        leaves: bool,
    ) -> Result<(), PatchError> {
        let place = self.place(path)?;
        if let Some(occupant) = place.now.take() {
            if !leaves || place.displaced.is_some() {
                return Err(PatchError::Exists(written.to_owned()));
            }
            place.displaced = Some(occupant);
        }
        place.now = Some(file);
        Ok(())
    }

    /// All that is different now, one update a file.
    pub(super) fn updates(mut self) -> Vec<FileUpdate> {
        self.rewrite_in_place();
        let mut updates = Vec::new();
        for path in &self.order {
            let Place { before, now, .. } = &self.places[path];
            if let Some(base) = before
                && self.destination(path).is_none()
            {
                let base = Arc::clone(base);
                let rewritten = now.as_ref().filter(|file| file.origin.is_none());
                let change = match rewritten {
                    None => Change::Delete { base },
                    Some(file) if file.text == base => continue,
                    Some(file) => {
                        Change::Update { base, result: file.text.to_string(), move_path: None }
                    }
                };
                updates.push(FileUpdate { path: path.clone(), change });
            }
            let Some(file) = now else { continue };
            match &file.origin {
                None if before.is_some() => {}
                None => {
                    let change = Change::Add { content: file.text.to_string() };
                    updates.push(FileUpdate { path: path.clone(), change });
                }
                Some(origin) => {
                    let Some(base) = self.places[origin].before.clone() else { continue };
                    let move_path = (origin != path).then(|| path.clone());
                    if move_path.is_some() || base != file.text {
                        let result = file.text.to_string();
                        let change = Change::Update { base, result, move_path };
                        updates.push(FileUpdate { path: origin.clone(), change });
                    }
                }
            }
        }
        updates
    }

    /// Where the text that a file had at first is now.
    fn destination(&self, origin: &Path) -> Option<&PathBuf> {
        let came = |place: &Place| {
            place.now.as_ref().is_some_and(|file| file.origin.as_deref() == Some(origin))
        };
        self.places.iter().find(|(_, place)| came(place)).map(|(path, _)| path)
    }

    /// A file that moved away and has new text in its old place would need two
    /// updates of one path. It is rewritten where it is instead, and its text
    /// counts as new where it went.
    fn rewrite_in_place(&mut self) {
        loop {
            let new_text = |place: &Place| {
                place.before.is_some()
                    && place.now.as_ref().is_some_and(|file| file.origin.is_none())
            };
            let moved = self.places.iter().filter(|(_, place)| new_text(place));
            let Some(target) = moved.filter_map(|(path, _)| self.destination(path)).next().cloned()
            else {
                return;
            };
            if let Some(file) = self.places.get_mut(&target).and_then(|place| place.now.as_mut()) {
                file.origin = None;
            }
        }
    }
}

fn missing(written: &Path, action: &'static str) -> PatchError {
    PatchError::Missing { path: written.to_owned(), action }
}
