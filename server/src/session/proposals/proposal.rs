//! One patch as the places that it changes, which follow what is typed into the
//! files until they are decided on. Pure: texts come through a callback.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    edits::{FileHunks, Hunk, HunkId, HunkState},
    patch::{Change, FileUpdate, Replaced},
    workspace::{FileText, ReadError},
};

/// A patch that is decided on hunk by hunk.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    /// The id of the call that made it.
    pub(super) id: String,
    /// Shared with the copies that follow what is typed: mostly one file changes.
    pub(super) files: Vec<Arc<ProposedFile>>,
    /// The number of the hunk that is made next.
    pub(super) next_id: usize,
    /// Counts what happened to it: what was made of an earlier state of it is
    /// no longer of use.
    pub(super) revision: u64,
    /// Whether a text that it is for has changed since it was made.
    moved: bool,
}

/// What it does to one file.
#[derive(Debug, Clone)]
pub(super) struct ProposedFile {
    pub(super) path: PathBuf,
    pub(super) move_path: Option<PathBuf>,
    pub(super) executable: Option<bool>,
    pub(super) body: Body,
    /// What all hunks together make of the text, while it is the one that they
    /// were made for: then nothing is put together and compared again.
    pub(super) whole: Option<Whole>,
    /// Of the open document, when it was last read.
    pub(super) version: Option<i32>,
    /// One for each hunk.
    pub(super) choices: Vec<Choice>,
    /// Why nothing of it fits, when that is so.
    pub(super) misfit: Option<String>,
    /// The text that was proposed before the person wrote another one.
    pub(super) proposed: Option<String>,
}

/// A text as the patch has it, and where it is different.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    result: Arc<str>,
    replaced: Vec<Replaced>,
}

#[derive(Debug, Clone)]
pub(super) enum Body {
    Add {
        id: HunkId,
        content: String,
    },
    Delete {
        id: HunkId,
        base: Arc<str>,
    },
    /// The path changes, or the mode, and no line.
    Move {
        id: HunkId,
        base: Arc<str>,
    },
    Update(FileHunks),
}

/// What was decided about a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Open,
    Accepted,
    Rejected,
    /// Settled before the rest was left over.
    Settled,
}

/// One hunk of any kind of file, as it stands.
pub(super) struct Place<'a> {
    pub(super) id: &'a HunkId,
    pub(super) choice: Choice,
    /// 0-based line in the text as it is now.
    pub(super) start: usize,
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    pub(super) fit: Fit<'a>,
}

/// How a hunk stands to the text as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit<'a> {
    /// It can be made.
    Fits,
    /// The text has it.
    Made,
    /// The text there is another one now.
    Changed { current: &'a str },
    /// Nothing of the file fits, for this reason.
    Misfit(&'a str),
}

impl Place<'_> {
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self.fit, Fit::Changed { .. } | Fit::Misfit(_))
    }

    fn is_taken(&self) -> bool {
        self.choice == Choice::Accepted && self.fit == Fit::Fits
    }
}

impl Proposal {
    /// `updates` as hunks, against the texts that they were fitted to. The hunks
    /// are numbered through the whole patch: `h1`, `h2` and so on.
    pub(crate) fn new(
        id: String,
        updates: &[FileUpdate],
        version_of: &dyn Fn(&Path) -> Option<i32>,
    ) -> Self {
        let mut next_id = 1;
        let mut files = Vec::with_capacity(updates.len());
        for FileUpdate { path, change, executable } in updates {
            let next_id = &mut next_id;
            let mut whole = None;
            let (body, move_path) = match change {
                Change::Add { content } => {
                    (Body::Add { id: number(next_id), content: content.clone() }, None)
                }
                Change::Delete { base } => {
                    (Body::Delete { id: number(next_id), base: base.clone() }, None)
                }
                Change::Update { base, result, move_path, .. } if **base == **result => {
                    (Body::Move { id: number(next_id), base: base.clone() }, move_path.clone())
                }
                Change::Update { base, result, replaced, move_path } => {
                    let hunks =
                        FileHunks::of(path.clone(), base.clone(), result, replaced, next_id);
                    let (result, replaced) = (Arc::clone(result), replaced.clone());
                    whole = Some(Whole { result, replaced });
                    (Body::Update(hunks), move_path.clone())
                }
            };
            files.push(Arc::new(ProposedFile {
                path: path.clone(),
                move_path,
                executable: *executable,
                choices: vec![Choice::Open; body.count()],
                body,
                whole,
                version: version_of(path),
                misfit: None,
                proposed: None,
            }));
        }
        Self { id, files, next_id, revision: 0, moved: false }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn rename(&mut self, id: String) {
        self.revision += u64::from(id != self.id);
        self.id = id;
    }

    /// Changes with everything that happens to it.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Follows the files as they are now; says whether a hunk moved or fits in
    /// another way. May take a while where a long text changed.
    pub(crate) fn follow(&mut self, read: &dyn Fn(&Path) -> Result<FileText, ReadError>) -> bool {
        let mut moved = false;
        for file in self.files.iter_mut().filter(|file| !file.is_settled()) {
            let now = read(&file.path);
            if !file.is_at(&now) {
                moved |= Arc::make_mut(file).follow(now);
            }
        }
        self.revision += 1;
        self.moved |= moved;
        moved
    }

    /// What is accepted and fits, as changes of whole files.
    pub(crate) fn updates(&self) -> Vec<FileUpdate> {
        self.files.iter().filter_map(|file| file.update()).collect()
    }

    /// The version of the open document that this file was last read from.
    pub(crate) fn version(&self, path: &Path) -> Option<i32> {
        self.files.iter().find(|file| file.path == path)?.version
    }

    /// Whether something that is wanted does not fit.
    pub(crate) fn has_conflicts(&self) -> bool {
        self.places().any(|place| place.choice == Choice::Accepted && place.is_conflict())
    }

    /// Takes note that these updates of it were made.
    pub(crate) fn made(&mut self, updates: &[FileUpdate]) {
        self.revision += 1;
        for FileUpdate { path, change, .. } in updates {
            let Change::Update { result, .. } = change else { continue };
            let file = self.files.iter_mut().find(|file| file.path == *path);
            if let Some(ProposedFile { body: Body::Update(hunks), whole, .. }) =
                file.map(Arc::make_mut)
            {
                *whole = None;
                hunks.rebase(Arc::clone(result));
            }
        }
    }

    /// Every path that is written, moved or removed by what is not rejected.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let taken = self.files.iter().filter(|file| !file.is_rejected());
        let mut paths: Vec<PathBuf> = taken
            .flat_map(|file| [Some(file.path.clone()), file.move_path.clone()])
            .flatten()
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Whether it is still all that the call wanted, where it wanted it.
    pub(crate) fn is_as_made(&self) -> bool {
        !self.moved
            && self.files.iter().all(|file| {
                file.proposed.is_none()
                    && file
                        .places()
                        .all(|place| place.choice == Choice::Accepted && place.fit == Fit::Fits)
            })
    }

    /// What is accepted and does not fit, to be decided on anew; none when that
    /// is nothing. What was made of the rest is taken as done.
    pub(crate) fn left_over(&self) -> Option<Self> {
        let mut left = self.clone();
        left.revision += 1;
        left.files.retain_mut(|file| {
            let file = Arc::make_mut(file);
            let stays: Vec<bool> = file
                .places()
                .map(|place| place.choice == Choice::Accepted && place.is_conflict())
                .collect();
            for (choice, stays) in file.choices.iter_mut().zip(&stays) {
                *choice = if *stays { Choice::Open } else { Choice::Settled };
            }
            // Without a text of its own there was nothing to move.
            if file.misfit.is_none()
                && let Some(target) = file.move_path.take()
            {
                file.path = target;
            }
            stays.contains(&true)
        });
        (!left.files.is_empty()).then_some(left)
    }
}

fn number(next_id: &mut usize) -> HunkId {
    let id = HunkId::new(format!("h{next_id}"));
    *next_id += 1;
    id
}

impl Body {
    fn count(&self) -> usize {
        match self {
            Self::Add { .. } | Self::Delete { .. } | Self::Move { .. } => 1,
            Self::Update(hunks) => hunks.hunks().len(),
        }
    }
}

impl ProposedFile {
    pub(super) fn is_rejected(&self) -> bool {
        self.choices.iter().all(|choice| *choice == Choice::Rejected)
    }

    fn is_settled(&self) -> bool {
        self.choices.iter().all(|choice| *choice == Choice::Settled)
    }

    /// Another whole text than the proposed one.
    pub(super) fn amend(&mut self, text: &str, next_id: &mut usize) {
        self.whole = None;
        let mut hunks_of = |base: &Arc<str>| {
            Body::Update(FileHunks::new(self.path.clone(), base.clone(), text, next_id))
        };
        match &mut self.body {
            Body::Add { content, .. } => {
                self.proposed = Some(std::mem::replace(content, text.to_owned()));
            }
            Body::Update(fitted) => {
                self.proposed = Some(fitted.result(|_| true));
                self.body = hunks_of(fitted.base());
            }
            Body::Move { base, .. } => {
                self.proposed = Some(base.to_string());
                self.body = hunks_of(base);
            }
            Body::Delete { .. } => return,
        }
        self.choices = vec![Choice::Accepted; self.body.count()];
    }

    /// Whether it was fitted to just this, so that nothing is left to follow.
    fn is_at(&self, now: &Result<FileText, ReadError>) -> bool {
        let same = match (&self.body, now) {
            (Body::Add { .. }, Err(ReadError::NotFound(_))) => true,
            (Body::Update(hunks), Ok(file)) => {
                file.version == self.version && file.text == *hunks.base()
            }
            _ => false,
        };
        same && self.misfit.is_none()
    }

    fn follow(&mut self, now: Result<FileText, ReadError>) -> bool {
        let before = self.misfit.clone();
        let mut moved = false;
        match (&mut self.body, now) {
            (Body::Add { .. }, Err(ReadError::NotFound(_))) => self.misfit = None,
            (Body::Add { content, .. }, Ok(file)) => {
                self.misfit = Some(if *file.text == **content {
                    "the file is there already, with this text".to_owned()
                } else {
                    "there is a file now".to_owned()
                });
            }
            (_, Err(ReadError::NotFound(_))) => {
                self.misfit = Some(
                    "the file is not there any more: it was deleted, moved, or closed without \
                     being saved"
                        .to_owned(),
                );
                self.version = None;
            }
            (_, Err(error)) => self.misfit = Some(error.to_string()),
            (Body::Delete { base, .. }, Ok(file)) => {
                let same = *base == file.text;
                self.misfit = (!same).then(|| "the file was changed meanwhile".to_owned());
                self.version = file.version;
            }
            (Body::Move { base, .. }, Ok(file)) => {
                *base = file.text;
                (self.version, self.misfit) = (file.version, None);
            }
            (Body::Update(hunks), Ok(file)) => {
                if file.text != *hunks.base() {
                    self.whole = None;
                }
                moved = hunks.rebase(file.text);
                (self.version, self.misfit) = (file.version, None);
            }
        }
        moved || before != self.misfit
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place<'_>> {
        let whole = |id, old, new| Place {
            id,
            choice: self.choices[0],
            start: 0,
            old,
            new,
            fit: self.misfit.as_deref().map_or(Fit::Fits, Fit::Misfit),
        };
        let (one, many) = match &self.body {
            Body::Add { id, content } => (Some(whole(id, "", content)), &[][..]),
            Body::Delete { id, base } => (Some(whole(id, base, "")), &[][..]),
            Body::Move { id, .. } => (Some(whole(id, "", "")), &[][..]),
            Body::Update(hunks) => (None, hunks.hunks()),
        };
        let many = many.iter().zip(&self.choices).map(|(hunk, choice)| Place {
            id: hunk.id(),
            choice: *choice,
            start: hunk.start(),
            old: hunk.old(),
            new: hunk.new_text(),
            fit: self.misfit.as_deref().map_or_else(|| fit(hunk), Fit::Misfit),
        });
        one.into_iter().chain(many)
    }

    fn update(&self) -> Option<FileUpdate> {
        let path = self.path.clone();
        let taken: BTreeSet<&HunkId> =
            self.places().filter(Place::is_taken).map(|place| place.id).collect();
        let any = !taken.is_empty();
        let change = match &self.body {
            Body::Add { content, .. } if any => Change::Add { content: content.clone() },
            Body::Delete { base, .. } if any => Change::Delete { base: base.clone() },
            Body::Move { base, .. } if any => {
                Change::update(base.clone(), base.clone(), self.move_path.clone())
            }
            Body::Update(hunks) if self.misfit.is_none() => {
                let rejected = self.is_rejected();
                let move_path = self.move_path.clone().filter(|_| !rejected);
                let mode = self.executable.filter(|_| !rejected);
                if !any && move_path.is_none() && mode.is_none() {
                    return None;
                }
                let base = hunks.base().clone();
                match &self.whole {
                    Some(Whole { result, replaced }) if taken.len() == self.choices.len() => {
                        let (result, replaced) = (Arc::clone(result), replaced.clone());
                        Change::Update { base, result, replaced, move_path }
                    }
                    Some(_) | None => {
                        let result = hunks.result(|hunk| taken.contains(hunk.id()));
                        Change::update(base, result, move_path)
                    }
                }
            }
            Body::Add { .. } | Body::Delete { .. } | Body::Move { .. } | Body::Update(_) => {
                return None;
            }
        };
        Some(FileUpdate { path, change, executable: self.executable })
    }
}

fn fit(hunk: &Hunk) -> Fit<'_> {
    match hunk.state() {
        HunkState::Pending | HunkState::Rejected => Fit::Fits,
        HunkState::Accepted => Fit::Made,
        HunkState::Conflict { current } => Fit::Changed { current },
    }
}
