//! What the model is told when a chat is sent: the message, what it names, and
//! what was said before where the session does not know it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use tiro_protocol::InputItem;

use super::{blocks::fenced, document::Who, listing};
use crate::{
    lsp::front::Front,
    workspace::{Workspace, is_within, resolve},
};

/// Bytes of what was said before.
const EARLIER: usize = 24 * 1024;

/// Files and symbols that one message may name.
const NAMED: usize = 8;

/// Bytes of one file.
const FILE: usize = 32 * 1024;

/// One message, as it stood in the document when it was sent.
#[derive(Debug)]
pub(super) struct Message {
    /// Of its submission.
    pub(super) id: String,
    /// Where the answer goes; 0 where it is not written into the document.
    pub(super) stream: u64,
    pub(super) path: PathBuf,
    /// 0-based, of the heading.
    pub(super) line: u32,
    pub(super) said: String,
    /// What stands above it, in order.
    pub(super) earlier: Vec<(Who, String)>,
}

/// What the session has heard already.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// It knows this conversation.
    pub(super) known: bool,
    /// Another document's message came last.
    pub(super) other: Option<PathBuf>,
}

impl Message {
    pub(super) fn has_mentions(&self) -> bool {
        !mentions(&self.said).is_empty()
    }

    /// What the message names, each as a text for the model. Reads files, on a
    /// thread where that holds nobody up.
    pub(super) async fn read_mentions(&self, front: &Arc<Front>) -> Vec<String> {
        let Some(editor) = front.editor().cloned() else { return Vec::new() };
        let names: Vec<String> = mentions(&self.said).into_iter().map(str::to_owned).collect();
        let read = move || {
            let definitions = || listing::definitions(&editor.open_documents());
            names.iter().filter_map(|name| named(&*editor, name, &definitions)).collect()
        };
        tokio::task::spawn_blocking(read).await.unwrap_or_default()
    }

    /// All of it, the message itself last.
    pub(super) fn items(&self, context: &Context, named: Vec<String>) -> Vec<InputItem> {
        let mut texts = Vec::new();
        if let Some(other) = &context.other {
            texts.push(format!(
                "(What follows belongs to the conversation in {}; what was said just before, to \
                 another one, in {}.)",
                self.path.display(),
                other.display()
            ));
        }
        texts.extend((!context.known).then(|| transcript(&self.earlier)).flatten());
        texts.extend(named);
        texts.push(self.said.clone());
        texts.into_iter().map(|text| InputItem::Text { text }).collect()
    }
}

/// What was said earlier, of which the newest is kept.
fn transcript(earlier: &[(Who, String)]) -> Option<String> {
    let mut kept = Vec::new();
    let mut room = EARLIER;
    let said = earlier.iter().filter(|(_, said)| !said.is_empty());
    let count = said.clone().count();
    for (who, said) in said.rev() {
        if said.len() > room {
            break;
        }
        room -= said.len();
        kept.push(format!("{}\n\n{said}", who.heading()));
    }
    if count == 0 {
        return None;
    }
    kept.reverse();
    let left_out = match count - kept.len() {
        0 => String::new(),
        turns => format!(" The {turns} oldest turns are left out for want of room."),
    };
    Some(format!(
        "This conversation goes on from an earlier session. Its transcript so far, from a document \
         that the person may have edited, follows; \"You\" is the person and \"Tiro\" is you.{left_out}\n\n{}\n\n(End \
         of the transcript. What the person says now comes next.)",
        kept.join("\n\n")
    ))
}

/// The words that begin with an `@`, without it, each once.
pub(super) fn mentions(said: &str) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let words =
        said.split(|letter: char| letter.is_whitespace() || "()[]{}\"'`,;".contains(letter));
    words
        .filter_map(|word| word.strip_prefix('@'))
        .map(|name| name.trim_end_matches(['.', ':', '!', '?']))
        .filter(|name| !name.is_empty() && seen.insert(*name))
        .take(NAMED)
        .collect()
}

/// The file of that name below a root, else the lines that define that symbol;
/// none where there is neither, and the word is just a word.
fn named(
    workspace: &impl Workspace,
    name: &str,
    definitions: &dyn Fn() -> Vec<listing::Definition>,
) -> Option<String> {
    let roots = workspace.roots();
    for root in &roots {
        let Ok(path) = resolve(root, Path::new(name)) else { continue };
        if is_within(&path, &roots)
            && let Ok(file) = workspace.read(&path)
        {
            return Some(format!("The file {name}:\n\n{}", fenced("", &cut(&file.text))));
        }
    }
    let found: Vec<String> = definitions()
        .iter()
        .filter(|definition| definition.name == name)
        .take(NAMED)
        .map(|definition| {
            let path = roots.iter().find_map(|root| definition.path.strip_prefix(root).ok());
            let path = path.unwrap_or(&definition.path).display();
            format!("{path}:{}: {}", definition.line + 1, definition.text)
        })
        .collect();
    (!found.is_empty()).then(|| format!("{name} is defined here:\n\n{}", found.join("\n")))
}

fn cut(text: &str) -> String {
    let mut end = FILE.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end == text.len() {
        return text.to_owned();
    }
    format!("{}\n… {} more bytes; read the file to see them", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::workspace::DiskWorkspace;

    fn message(said: &str, earlier: &[(Who, &str)]) -> Message {
        Message {
            id: "1".to_owned(),
            stream: 1,
            path: "/w/a.tiro.md".into(),
            line: 0,
            said: said.to_owned(),
            earlier: earlier.iter().map(|(who, said)| (*who, (*said).to_owned())).collect(),
        }
    }

    fn texts(items: Vec<InputItem>) -> Vec<String> {
        let text = |item| match item {
            InputItem::Text { text } => text,
            other => panic!("{other:?}"),
        };
        items.into_iter().map(text).collect()
    }

    #[test]
    fn what_was_said_before_is_told_once() {
        let message =
            message("and now?", &[(Who::You, "hi"), (Who::Tiro, "hello"), (Who::You, "")]);
        let new = texts(message.items(&Context::default(), Vec::new()));
        expect![[r#"
            This conversation goes on from an earlier session. Its transcript so far, from a document that the person may have edited, follows; "You" is the person and "Tiro" is you.

            ## You

            hi

            ## Tiro

            hello

            (End of the transcript. What the person says now comes next.)"#]]
        .assert_eq(&new[0]);
        assert_eq!(new[1..], ["and now?"]);
        let known = Context { known: true, other: None };
        assert_eq!(texts(message.items(&known, Vec::new())), ["and now?"]);
    }

    #[test]
    fn of_much_the_newest_is_told() {
        let long = "x".repeat(EARLIER - 5);
        let message =
            message("go on", &[(Who::You, "oldest"), (Who::Tiro, &long), (Who::You, "new")]);
        let told = texts(message.items(&Context::default(), Vec::new())).remove(0);
        assert!(told.contains("The 1 oldest turns are left out") && !told.contains("\n\noldest"));
        assert!(told.contains(&long) && told.contains("## You\n\nnew"));
    }

    #[test]
    fn another_conversation_is_named() {
        let message = message("hi", &[]);
        let context = Context { known: false, other: Some("/w/b.tiro.md".into()) };
        let told = texts(message.items(&context, Vec::new()));
        assert!(told[0].contains("/w/a.tiro.md") && told[0].contains("/w/b.tiro.md"));
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn mentions_are_words_with_an_at() {
        assert_eq!(
            mentions("see @src/a.rs, (@b.md) and @src/a.rs. me@example.com @ @Name? `@c`"),
            ["src/a.rs", "b.md", "Name", "c"]
        );
    }

    #[test]
    fn a_name_is_a_file_below_the_root_or_a_definition() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("it exists");
        #[expect(clippy::disallowed_methods, reason = "the file that is named")]
        std::fs::write(root.join("a.rs"), "```\n").expect("written");
        let workspace = DiskWorkspace::new(std::slice::from_ref(&root)).expect("a folder");
        let definitions = || {
            let path = root.join("b.rs");
            vec![listing::Definition {
                name: "Name".to_owned(),
                path,
                line: 6,
                text: "struct Name;".to_owned(),
            }]
        };
        let told = |name: &str| named(&workspace, name, &definitions);
        assert_eq!(told("a.rs").as_deref(), Some("The file a.rs:\n\n````\n```\n````"));
        assert_eq!(told("Name").as_deref(), Some("Name is defined here:\n\nb.rs:7: struct Name;"));
        assert_eq!(told("nothing"), None);
        assert_eq!(told("../../etc/passwd"), None);
        assert_eq!(told("/etc/passwd"), None);
    }
}
