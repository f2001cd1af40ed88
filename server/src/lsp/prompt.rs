//! The words in which a person is asked, and what the answers mean. Pure.
//!
//! A dialog in an editor may fold lines together, so a question is one
//! paragraph; and what a model wrote is shown so that it cannot pass for
//! something else.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use tiro_protocol::{EventMsg, FileChange, ReviewDecision, SandboxPermission};

/// A question with short answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prompt {
    /// The question, and what an answer for the session covers.
    pub(crate) message: String,
    /// What it is about, in a few words: the command, or the files.
    pub(crate) subject: String,
    /// What can be answered.
    pub(crate) answers: Vec<(String, ReviewDecision)>,
}

const COMMAND: [(&str, ReviewDecision); 4] = [
    ("Run once", ReviewDecision::Approved),
    ("Run always here", ReviewDecision::ApprovedForSession),
    ("Don't run", ReviewDecision::Denied),
    ("Stop", ReviewDecision::Abort),
];

const WITHOUT_SANDBOX: [(&str, ReviewDecision); 4] = [
    ("Run without the sandbox", ReviewDecision::Approved),
    ("Always run this without it", ReviewDecision::ApprovedForSession),
    ("Don't run", ReviewDecision::Denied),
    ("Stop", ReviewDecision::Abort),
];

const PATCH: [(&str, ReviewDecision); 3] = [
    ("Apply", ReviewDecision::Approved),
    ("Don't apply", ReviewDecision::Denied),
    ("Stop", ReviewDecision::Abort),
];

const PATCH_WITH_ROOT: [(&str, ReviewDecision); 4] = [
    ("Apply", ReviewDecision::Approved),
    ("Apply, and allow this folder", ReviewDecision::ApprovedForSession),
    ("Don't apply", ReviewDecision::Denied),
    ("Stop", ReviewDecision::Abort),
];

fn answers(fixed: &[(&str, ReviewDecision)]) -> Vec<(String, ReviewDecision)> {
    fixed.iter().map(|(title, decision)| ((*title).to_owned(), *decision)).collect()
}

/// Where the sandbox has stopped a command: a button says what is allowed by it.
fn to_allow(permissions: &[SandboxPermission]) -> Vec<(String, ReviewDecision)> {
    let what: Vec<String> = permissions.iter().map(permission).collect();
    let what = what.join(" and ");
    vec![
        (format!("Allow {what}"), ReviewDecision::Approved),
        (format!("Allow {what} for this session"), ReviewDecision::ApprovedForSession),
        ("Don't allow".to_owned(), ReviewDecision::Denied),
        ("Stop".to_owned(), ReviewDecision::Abort),
    ]
}

pub(super) fn permission(permission: &SandboxPermission) -> String {
    match permission {
        SandboxPermission::DiskFullReadAccess => "reading every file".to_owned(),
        SandboxPermission::DiskWritePlatformUserTempFolder => "a temporary directory".to_owned(),
        SandboxPermission::DiskWritePlatformGlobalTempFolder => {
            "the shared temporary directory".to_owned()
        }
        SandboxPermission::DiskWriteCwd => "writing the workspace".to_owned(),
        SandboxPermission::DiskWriteFolder { folder } => {
            format!("writing {}", visible(&folder.to_string_lossy()))
        }
        SandboxPermission::DiskFullWriteAccess => "writing every file".to_owned(),
        SandboxPermission::NetworkFullAccess => "the network".to_owned(),
    }
}

impl Prompt {
    /// The question behind an event, if it is one.
    pub(crate) fn of(msg: &EventMsg) -> Option<Self> {
        match msg {
            EventMsg::ExecApprovalRequest {
                command,
                cwd,
                reason,
                permissions,
                unsandboxed,
                ..
            } => {
                let mut message = format!(
                    "Run `{}` in {}?",
                    command_line(command),
                    visible(&cwd.to_string_lossy())
                );
                add_reason(&mut message, reason.as_deref());
                let (answers, covers) = match (permissions.as_slice(), unsandboxed) {
                    (_, true) => (
                        answers(&WITHOUT_SANDBOX),
                        "allows this very command in this very directory to run without the sandbox",
                    ),
                    ([], false) => (
                        answers(&COMMAND),
                        "allows this very command in this very directory, in the sandbox",
                    ),
                    (permissions, false) => (to_allow(permissions), "allows it to every command"),
                };
                add_coverage(&mut message, &answers, covers);
                Some(Self { message, subject: command_line(command), answers })
            }
            EventMsg::ApplyPatchApprovalRequest { changes, reason, grant_root, .. } => {
                let mut message = format!("Apply changes to {}?", files(changes));
                add_reason(&mut message, reason.as_deref());
                if let Some(root) = grant_root {
                    let root = visible(&root.to_string_lossy());
                    let _ = write!(message, " The folder is {root}.");
                }
                let answers =
                    if grant_root.is_some() { answers(&PATCH_WITH_ROOT) } else { answers(&PATCH) };
                let covers = "allows changes of every file in it, and commands to write there";
                add_coverage(&mut message, &answers, covers);
                Some(Self { message, subject: format!("changes to {}", files(changes)), answers })
            }
            _ => None,
        }
    }

    /// What an answer means; none for one that was not offered.
    pub(crate) fn decision(&self, title: &str) -> Option<ReviewDecision> {
        self.answers.iter().find(|(offered, _)| offered == title).map(|(_, decision)| *decision)
    }
}

/// A command as one would type it.
pub(crate) fn command_line(command: &[String]) -> String {
    command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", visible(&word.replace('\'', r"'\''")))
}

/// The text with everything escaped that a dialog would not show, or that would
/// change the order in which the rest is shown.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                shown.extend(letter.escape_unicode());
            }
            _ if letter.is_control() => shown.extend(letter.escape_default()),
            _ => shown.push(letter),
        }
    }
    shown
}

fn files(changes: &BTreeMap<PathBuf, FileChange>) -> String {
    let file = |(path, change): (&PathBuf, &FileChange)| {
        let path = visible(&path.to_string_lossy());
        match change {
            FileChange::Add { .. } => format!("{path} (new)"),
            FileChange::Delete => format!("{path} (deleted)"),
            FileChange::Update { move_path: None, unified_diff } => {
                let lines =
                    |sign| unified_diff.lines().filter(|line| line.starts_with(sign)).count();
                format!("{path} (+{} −{})", lines('+'), lines('-'))
            }
            FileChange::Update { move_path: Some(to), .. } => {
                format!("{path} (moved to {})", visible(&to.to_string_lossy()))
            }
        }
    };
    changes.iter().map(file).collect::<Vec<_>>().join(", ")
}

/// What "always" means, where it can be answered.
fn add_coverage(message: &mut String, answers: &[(String, ReviewDecision)], covers: &str) {
    let for_session =
        |(_, decision): &&(String, ReviewDecision)| *decision == ReviewDecision::ApprovedForSession;
    if let Some((title, _)) = answers.iter().find(for_session) {
        let _ = write!(message, " \u{201c}{title}\u{201d} {covers}, until the session ends.");
    }
}

/// A text in at most so many characters: its beginning and its end, as what
/// matters may stand in either.
pub(crate) fn short(text: &str, cap: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= cap {
        return text.to_owned();
    }
    let end = cap / 3;
    let start = cap.saturating_sub(end + 1);
    let (start, end) = (&letters[..start], &letters[letters.len() - end..]);
    start.iter().chain(['…'].iter()).chain(end).collect()
}

/// The beginning of a text, in so many characters and what says that there is more.
pub(crate) fn beginning(text: &str, cap: usize) -> String {
    match text.char_indices().nth(cap) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn add_reason(message: &mut String, reason: Option<&str>) {
    if let Some(reason) = reason {
        let reason = visible(reason);
        let end = if reason.ends_with(['.', '!', '?']) { "" } else { "." };
        let _ = write!(message, " {reason}{end}");
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(msg: &EventMsg, message: &Expect) -> Prompt {
        let prompt = Prompt::of(msg).expect("a question");
        message.assert_eq(&prompt.message);
        prompt
    }

    fn command(words: &[&str], reason: Option<&str>) -> EventMsg {
        EventMsg::ExecApprovalRequest {
            call_id: None,
            command: words.iter().map(ToString::to_string).collect(),
            cwd: "/srv/x".into(),
            reason: reason.map(str::to_owned),
            permissions: Vec::new(),
            unsandboxed: false,
        }
    }

    #[test]
    fn what_the_sandbox_stopped_is_allowed_by_name() {
        let titles = |asked: &[SandboxPermission], without| {
            let mut msg = command(&["make"], None);
            if let EventMsg::ExecApprovalRequest { permissions, unsandboxed, .. } = &mut msg {
                (*permissions, *unsandboxed) = (asked.to_vec(), without);
            }
            let prompt = Prompt::of(&msg).expect("a question");
            let titles = prompt.answers.iter().map(|(title, _)| title.as_str());
            titles.collect::<Vec<_>>().join(" | ")
        };
        let folder = SandboxPermission::DiskWriteFolder { folder: "/srv/x".into() };
        expect![
            "Allow writing /srv/x | Allow writing /srv/x for this session | Don't allow | Stop"
        ]
        .assert_eq(&titles(&[folder], false));
        expect!["Allow the network | Allow the network for this session | Don't allow | Stop"]
            .assert_eq(&titles(&[SandboxPermission::NetworkFullAccess], false));
        expect!["Run without the sandbox | Always run this without it | Don't run | Stop"]
            .assert_eq(&titles(&[], true));
    }

    #[test]
    fn a_command_is_named_with_its_directory_and_reason() {
        let prompt = check(
            &command(&["bash", "-lc", "echo 'a b' > c"], Some("the sandbox denied writing /etc/c")),
            &expect![[
                r"Run `bash -lc 'echo '\''a b'\'' > c'` in /srv/x? the sandbox denied writing /etc/c. “Run always here” allows this very command in this very directory, in the sandbox, until the session ends."
            ]],
        );
        assert_eq!(prompt.decision("Run once"), Some(ReviewDecision::Approved));
        assert_eq!(prompt.decision("Run always here"), Some(ReviewDecision::ApprovedForSession));
        assert_eq!(prompt.decision("Don't run"), Some(ReviewDecision::Denied));
        assert_eq!(prompt.decision("Stop"), Some(ReviewDecision::Abort));
        assert_eq!(prompt.decision("run once"), None);
    }

    #[test]
    fn a_long_text_keeps_both_ends() {
        assert_eq!(short("0123456789", 10), "0123456789");
        assert_eq!(short("0123456789", 7), "0123…89");
    }

    #[test]
    fn nothing_hides_in_a_command() {
        check(
            &command(&["echo", "a\nrm -rf b\u{1b}[2K", "\u{202e}txt", ""], None),
            &expect![[
                r"Run `echo 'a\nrm -rf b\u{1b}[2K' '\u{202e}txt' ''` in /srv/x? “Run always here” allows this very command in this very directory, in the sandbox, until the session ends."
            ]],
        );
    }

    #[test]
    fn a_patch_names_every_file_and_the_folder_it_opens() {
        let update = |move_path| FileChange::Update {
            unified_diff: "@@ -1 +1,2 @@\n-a\n+b\n+c\n".to_owned(),
            move_path,
        };
        let changes = BTreeMap::from([
            ("/srv/a".into(), update(None)),
            ("/srv/b".into(), FileChange::Delete),
            ("/srv/c".into(), FileChange::Add { content: String::new() }),
            ("/srv/d".into(), update(Some("/srv/e".into()))),
        ]);
        let grant_root = Some("/srv".into());
        let prompt = check(
            &EventMsg::ApplyPatchApprovalRequest {
                call_id: None,
                changes,
                reason: None,
                grant_root,
            },
            &expect![
                "Apply changes to /srv/a (+2 −1), /srv/b (deleted), /srv/c (new), /srv/d (moved to /srv/e)? The folder is /srv. “Apply, and allow this folder” allows changes of every file in it, and commands to write there, until the session ends."
            ],
        );
        assert_eq!(
            prompt.decision("Apply, and allow this folder"),
            Some(ReviewDecision::ApprovedForSession)
        );
    }
}
