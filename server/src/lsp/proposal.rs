//! What a patch would change, as one diff to look at before it is approved. Pure.

use std::{collections::BTreeMap, path::PathBuf};

use tiro_protocol::{EventMsg, FileChange};

/// The diff behind an event that asks for approval of a patch.
pub(crate) fn diff(msg: &EventMsg) -> Option<String> {
    match msg {
        EventMsg::ApplyPatchApprovalRequest { changes, .. } => Some(diff_of(changes)),
        _ => None,
    }
}

/// The diff of changes.
pub(crate) fn diff_of(changes: &BTreeMap<PathBuf, FileChange>) -> String {
    let mut diff = String::new();
    for (path, change) in changes {
        let path = path.display().to_string();
        match change {
            FileChange::Add { content } => {
                diff += &format!("--- /dev/null\n+++ {path}\n");
                for line in content.lines() {
                    diff += &format!("+{line}\n");
                }
            }
            FileChange::Delete => diff += &format!("--- {path}\n+++ /dev/null\n"),
            FileChange::Update { unified_diff, move_path } => {
                let to = move_path.as_ref().map_or(path.clone(), |to| to.display().to_string());
                diff += &format!("--- {path}\n+++ {to}\n{unified_diff}");
                if !diff.ends_with('\n') {
                    diff.push('\n');
                }
            }
        }
    }
    diff
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn every_change_is_in_it() {
        let update = |move_path| FileChange::Update {
            unified_diff: "@@ -1 +1 @@\n-a\n+b\n".to_owned(),
            move_path,
        };
        let changes = BTreeMap::from([
            ("/srv/a".into(), update(None)),
            ("/srv/b".into(), FileChange::Delete),
            ("/srv/c".into(), FileChange::Add { content: "one\ntwo\n".to_owned() }),
            ("/srv/d".into(), update(Some("/srv/e".into()))),
        ]);
        let msg = EventMsg::ApplyPatchApprovalRequest {
            call_id: None,
            changes,
            reason: None,
            grant_root: None,
        };
        expect![[r"
            --- /srv/a
            +++ /srv/a
            @@ -1 +1 @@
            -a
            +b
            --- /srv/b
            +++ /dev/null
            --- /dev/null
            +++ /srv/c
            +one
            +two
            --- /srv/d
            +++ /srv/e
            @@ -1 +1 @@
            -a
            +b
        "]]
        .assert_eq(&diff(&msg).expect("a diff"));
        assert_eq!(diff(&EventMsg::TaskStarted), None);
    }
}
