//! Scripts: plain commands joined by `|`, `&&`, `||`, `;` or a new line, and
//! nothing else. Every kind of node that is not named here is not safe.

use tree_sitter::Node;

use super::{places::Places, programs};
use crate::tools::bash;

/// A longer script is for a person to read, in bytes.
const MAX_SCRIPT: usize = 8 * 1024;

pub(super) fn is_safe(script: &str, places: &mut Places<'_>) -> bool {
    let odd = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if script.len() > MAX_SCRIPT || script.chars().any(odd) {
        return false;
    }
    let Some(tree) = bash::parse(script) else { return false };
    let root = tree.root_node();
    let around = [script.get(..root.start_byte()), script.get(root.end_byte()..)];
    around.into_iter().all(|text| text.is_some_and(is_space))
        && bash::children(root).iter().any(Node::is_named)
        && statement(root, script, places)
}

fn statement(node: Node<'_>, script: &str, places: &mut Places<'_>) -> bool {
    if node.kind() == "command" {
        let Some(words) = bash::words(node, script) else { return false };
        let safe = programs::is_safe(&words, places);
        if let [program, arguments @ ..] = words.as_slice()
            && program.text == "cd"
        {
            places.change_directory(arguments);
        }
        return safe;
    }
    let joined_by: &[&str] = match node.kind() {
        "program" => &[";", "\n"],
        "list" => &["&&", "||"],
        "pipeline" => &["|"],
        _ => return false,
    };
    let mut end = node.start_byte();
    for child in bash::children(node) {
        // Nothing may hide in what the parser skipped.
        if !script.get(end..child.start_byte()).is_some_and(is_space) {
            return false;
        }
        end = child.end_byte();
        let safe = if child.is_named() {
            statement(child, script, places)
        } else {
            joined_by.contains(&child.kind())
        };
        if !safe {
            return false;
        }
    }
    script.get(end..node.end_byte()).is_some_and(is_space)
}

fn is_space(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n'))
}
