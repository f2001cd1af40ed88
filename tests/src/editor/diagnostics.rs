//! The diagnostics that a server publishes, as a strict client looks at them.

use serde_json::{Value, json};

use super::{Editor, text};
use crate::uri;

impl Editor {
    /// Objects to diagnostics that do not fit the text they say they are for, and
    /// to those that "next diagnostic" would not stop at one after the other.
    pub(super) fn check_diagnostics(&mut self, params: &Value) {
        let shown = params["diagnostics"].as_array().cloned().unwrap_or_default();
        let start = |it: &Value| {
            let at = &it["range"]["start"];
            (at["line"].as_u64(), at["character"].as_u64())
        };
        if !shown.is_sorted_by_key(start) {
            self.violation(format!("diagnostics out of order: {}", json!(shown)));
        }
        let path = params["uri"].as_str().and_then(uri::to_path);
        let document = path.and_then(|path| self.documents.get(&path));
        // What is about another version is late, and followed by what is not.
        let Some(document) = document.filter(|it| params["version"] == it.version) else { return };
        let mut objections = Vec::new();
        for range in shown.iter().map(|it| &it["range"]) {
            let at = |end| text::offset(&document.text, &range[end], self.encoding);
            match (at("start"), at("end")) {
                (Ok(start), Ok(end)) if start < end || document.text.is_empty() => {}
                (Ok(_), Ok(_)) => objections.push(format!("a diagnostic of nothing: {range}")),
                (Err(why), _) | (_, Err(why)) => objections.push(format!("a diagnostic: {why}")),
            }
        }
        self.violations.extend(objections);
    }
}
