//! The files as they are while the sections of a patch are worked through.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Change, FileUpdate, Text};
use crate::patch::{PatchError, ReadFailure};

/// A text, and the file that it was in at first if it was in one.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) text: Text,
    origin: Option<PathBuf>,
    /// Where the patch says so.
    pub(super) executable: Option<bool>,
}

impl File {
    pub(super) fn new(text: Text, executable: Option<bool>) -> Self {
        Self { text, origin: None, executable }
    }
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
            let now = before.clone().map(|text| {
                let text = Text::Read(text);
                File { text, origin, executable: None }
            });
            self.places.insert(path.to_owned(), Place { before, now, displaced: None });
        }
        Ok(self.places.get_mut(path).expect("it was put in above if it was not there"))
    }

    /// What is copied.
    pub(super) fn original(&mut self, written: &Path, path: &Path) -> Result<File, PatchError> {
        let place = self.place(path)?;
        let file = place.now.as_ref().or(place.displaced.as_ref());
        file.cloned().ok_or_else(|| missing(written, "copied"))
    }

    pub(super) fn delete(&mut self, written: &Path, path: &Path) -> Result<File, PatchError> {
        let place = self.place(path)?;
        let file = place.displaced.take().or_else(|| place.now.take());
        file.ok_or_else(|| missing(written, "deleted"))
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
        let order = std::mem::take(&mut self.order);
        for path in order {
            let place = &self.places[&path];
            if let Some(base) = place.before.clone()
                && self.destination(&path).is_none()
            {
                match self.take_text(&path, |file| file.origin.is_none()) {
                    None => updates.push(FileUpdate::new(path.clone(), Change::Delete { base })),
                    Some((text, executable)) => {
                        updates.extend(update(path.clone(), base, text, None, executable));
                    }
                }
            }
            let Place { before, now: Some(File { origin, .. }), .. } = &self.places[&path] else {
                continue;
            };
            match origin.clone() {
                None if before.is_some() => {}
                None => {
                    let Some((text, executable)) = self.take_text(&path, |_| true) else {
                        continue;
                    };
                    let change = Change::Add { content: text.into_string() };
                    updates.push(FileUpdate { path, change, executable });
                }
                Some(origin) => {
                    let base = self.places[&origin].before.clone();
                    let taken = self.take_text(&path, |_| true);
                    let (Some(base), Some((text, executable))) = (base, taken) else { continue };
                    let move_path = (origin != path).then_some(path);
                    updates.extend(update(origin, base, text, move_path, executable));
                }
            }
        }
        updates
    }

    /// The text of a place, which is needed once.
    fn take_text(
        &mut self,
        path: &Path,
        wanted: impl Fn(&File) -> bool,
    ) -> Option<(Text, Option<bool>)> {
        let file = self.places.get_mut(path)?.now.as_mut().filter(|file| wanted(file))?;
        Some((std::mem::replace(&mut file.text, Text::Made(String::new())), file.executable))
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

/// None where everything is as it was.
fn update(
    path: PathBuf,
    base: Arc<str>,
    text: Text,
    move_path: Option<PathBuf>,
    executable: Option<bool>,
) -> Option<FileUpdate> {
    let (result, replaced) = text.since(&base);
    let same = replaced.is_empty() && move_path.is_none() && executable.is_none();
    let change = Change::Update { base, result, replaced, move_path };
    (!same).then_some(FileUpdate { path, change, executable })
}

fn missing(written: &Path, action: &'static str) -> PatchError {
    PatchError::Missing { path: written.to_owned(), action }
}
