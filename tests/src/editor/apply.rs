//! Workspace edits, all or nothing: an edit is worked out on a copy first, then
//! carried out on buffers and disk.
#![expect(clippy::disallowed_methods, reason = "an editor carries out file operations")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{Editor, text};
use crate::{
    profile::{ClosedFiles, StaleVersion},
    uri,
};

/// Why an edit was not carried out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The document is no longer what the edit was made for.
    Stale(String),
    /// A person would have to confirm.
    Person(String),
    /// No client could carry it out, or this one never said that it can.
    Invalid(String),
}

/// A file as it will be.
#[derive(Debug, Clone, Default)]
struct Future {
    /// None: it is not there.
    text: Option<String>,
    /// Byte ranges against the text before, one list an edit of the document.
    edits: Vec<Vec<(usize, usize, String)>>,
    /// Whether this edit made it.
    created: bool,
    /// Where it was before this edit.
    moved_from: Option<PathBuf>,
}

type Plan = BTreeMap<PathBuf, Future>;

impl Editor {
    /// Carries out a `WorkspaceEdit`, all of it or nothing.
    pub(super) fn apply(&mut self, edit: &Value) -> Result<(), Refusal> {
        self.check_annotations(edit)?;
        let mut plan = Plan::new();
        match edit["documentChanges"].as_array() {
            Some(changes) => {
                // Neovim takes document changes and only declares the operations.
                let takes = self.profile.declares("/workspace/workspaceEdit/documentChanges")
                    || self
                        .profile
                        .capability("/workspace/workspaceEdit/resourceOperations")
                        .is_array();
                if !takes {
                    return invalid("documentChanges were not declared");
                }
                for change in changes {
                    match change["kind"].as_str() {
                        None => self.plan_text(&mut plan, change)?,
                        Some(kind) => self.plan_resource(&mut plan, kind, change)?,
                    }
                }
            }
            None => {
                for (uri, edits) in edit["changes"].as_object().into_iter().flatten() {
                    let path = path_of(&Value::String(uri.clone()))?;
                    self.plan_edits(&mut plan, &path, edits)?;
                }
            }
        }
        // Renames first: what stays behind at the old path is carried out after.
        let (moves, others): (Vec<_>, Vec<_>) =
            plan.into_iter().partition(|(_, future)| future.moved_from.is_some());
        for (path, future) in moves.into_iter().chain(others) {
            self.carry_out(&path, future);
        }
        Ok(())
    }

    fn check_annotations(&self, edit: &Value) -> Result<(), Refusal> {
        let annotations = &edit["changeAnnotations"];
        let mut used = Vec::new();
        collect_annotations(edit, &mut used);
        let support = "/workspace/workspaceEdit/changeAnnotationSupport";
        let any = annotations.as_object().is_some_and(|all| !all.is_empty()) || !used.is_empty();
        if any && !self.profile.capability(support).is_object() {
            return invalid("change annotations were not declared");
        }
        for id in used {
            let annotation = &annotations[&id];
            if annotation.is_null() {
                return invalid(&format!("the annotation {id:?} does not exist"));
            }
            if annotation["needsConfirmation"] == true && self.profile.quirks.previews_annotations {
                return Err(Refusal::Person("nothing was ticked in the preview".to_owned()));
            }
        }
        Ok(())
    }

    fn plan_text(&mut self, plan: &mut Plan, change: &Value) -> Result<(), Refusal> {
        let path = path_of(&change["textDocument"]["uri"])?;
        let version = change["textDocument"].get("version").unwrap_or(&Value::Null);
        let fresh = plan.get(&path).is_some_and(|it| it.created || it.moved_from.is_some());
        match self.documents.get(&path).filter(|_| !fresh) {
            Some(document) => match version.as_i64() {
                Some(version) if version == document.version => {}
                Some(version) => match self.profile.quirks.stale_version {
                    StaleVersion::Ignored => {}
                    StaleVersion::SkippedAsApplied => return Ok(()),
                    StaleVersion::Refused
                    | StaleVersion::RefusedWithReason
                    | StaleVersion::Error => {
                        return Err(Refusal::Stale(format!(
                            "{} is at version {}, not {version}",
                            path.display(),
                            document.version
                        )));
                    }
                },
                None => return invalid("the version of an open document is missing"),
            },
            None if !version.is_null() => {
                return invalid(&format!("{} is not open, its version is null", path.display()));
            }
            None => {}
        }
        self.plan_edits(plan, &path, &change["edits"])
    }

    fn plan_edits(&self, plan: &mut Plan, path: &Path, edits: &Value) -> Result<(), Refusal> {
        let before = self.future_text(plan, path);
        let Some(before) = before else {
            return invalid(&format!("{} does not exist", path.display()));
        };
        let mut ranges = Vec::new();
        for edit in edits.as_array().into_iter().flatten() {
            let place = |end| text::offset(&before, &edit["range"][end], self.encoding);
            let (start, end) = match (place("start"), place("end")) {
                (Ok(start), Ok(end)) if start <= end => (start, end),
                (Ok(_), Ok(_)) => return invalid("a range that ends before it starts"),
                (Err(why), _) | (_, Err(why)) => return invalid(&why),
            };
            let new = edit["newText"].as_str().unwrap_or_default();
            let new = if self.profile.quirks.normalises_line_endings {
                text::with_line_ending(new, text::line_ending(&before))
            } else {
                new.to_owned()
            };
            ranges.push((start, end, new));
        }
        ranges.sort_by_key(|(start, end, _)| (*start, *end));
        if ranges.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return invalid(&format!("the edits of {} overlap", path.display()));
        }
        let mut after = before;
        for (start, end, new) in ranges.iter().rev() {
            after.replace_range(*start..*end, new);
        }
        let future = plan.entry(path.to_path_buf()).or_default();
        future.text = Some(after);
        future.edits.push(ranges);
        Ok(())
    }

    fn plan_resource(&self, plan: &mut Plan, kind: &str, change: &Value) -> Result<(), Refusal> {
        let declared = self.profile.capability("/workspace/workspaceEdit/resourceOperations");
        if !declared.as_array().is_some_and(|declared| declared.iter().any(|it| it == kind)) {
            return invalid(&format!("the operation {kind:?} was not declared"));
        }
        let options = &change["options"];
        let (overwrite, ignore) = (options["overwrite"] == true, options["ignoreIfExists"] == true);
        if kind == "rename" {
            let (old, new) = (path_of(&change["oldUri"])?, path_of(&change["newUri"])?);
            let Some(text) = self.future_text(plan, &old) else {
                return invalid(&format!("{} cannot be renamed, it is missing", old.display()));
            };
            if self.future_text(plan, &new).is_some() && !overwrite {
                return invalid(&format!("{} exists already", new.display()));
            }
            let before = plan.insert(old.clone(), Future::default()).unwrap_or_default();
            // What an earlier operation made of the file moves along.
            let moved_from = before.moved_from.or((!before.created).then_some(old));
            plan.insert(new, Future { text: Some(text), moved_from, ..before });
            return Ok(());
        }
        let path = path_of(&change["uri"])?;
        let exists = self.future_text(plan, &path).is_some();
        match kind {
            "create" if exists && ignore && !self.profile.quirks.create_truncates => Ok(()),
            "create" if exists && !overwrite && !ignore => {
                invalid(&format!("{} exists already", path.display()))
            }
            "create" => {
                let text = Some(String::new());
                plan.insert(path, Future { text, created: true, ..Future::default() });
                Ok(())
            }
            "delete" if !exists && options["ignoreIfNotExists"] != true => {
                invalid(&format!("{} cannot be deleted, it is missing", path.display()))
            }
            "delete" => {
                plan.insert(path, Future::default());
                Ok(())
            }
            _ => invalid(&format!("{kind:?} is no operation")),
        }
    }

    fn future_text(&self, plan: &Plan, path: &Path) -> Option<String> {
        if let Some(future) = plan.get(path) {
            return future.text.clone();
        }
        match self.documents.get(path) {
            Some(document) => Some(document.text.clone()),
            None => fs::read_to_string(path).ok(),
        }
    }

    fn carry_out(&mut self, path: &Path, future: Future) {
        let Some(text) = future.text else {
            self.close(path);
            // A rename has taken the file away already.
            let _ = fs::remove_file(path);
            return;
        };
        if let Some(old) = &future.moved_from {
            self.rename(old, path);
        }
        if future.created {
            self.close(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).expect("a directory can be made");
            }
            fs::write(path, "").expect("a file can be created");
        }
        if future.edits.is_empty() {
            return;
        }
        if !self.documents.contains_key(path) {
            if self.profile.quirks.closed_files == ClosedFiles::Written {
                fs::write(path, text).expect("a file can be written");
                return;
            }
            self.open(path);
        }
        for edits in &future.edits {
            self.change(path, edits);
        }
    }

    fn rename(&mut self, old: &Path, new: &Path) {
        let document = self.documents.get(old).cloned();
        self.close(old);
        self.close(new);
        if let Some(parent) = new.parent() {
            fs::create_dir_all(parent).expect("a directory can be made");
        }
        fs::rename(old, new).expect("a file can be renamed");
        if let Some(document) = document {
            self.open_with(new, document.text);
            self.documents.get_mut(new).expect("it was just opened").unsaved = document.unsaved;
        }
    }
}

fn collect_annotations(value: &Value, used: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(id) = fields.get("annotationId").and_then(Value::as_str) {
                used.push(id.to_owned());
            }
            fields.values().for_each(|field| collect_annotations(field, used));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_annotations(item, used)),
        _ => {}
    }
}

fn path_of(uri: &Value) -> Result<PathBuf, Refusal> {
    let path = uri.as_str().and_then(uri::to_path);
    path.ok_or_else(|| Refusal::Invalid(format!("{} is no file", json!(uri))))
}

fn invalid<T>(why: &str) -> Result<T, Refusal> {
    Err(Refusal::Invalid(why.to_owned()))
}
