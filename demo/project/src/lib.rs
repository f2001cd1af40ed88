//! Wraps text to a width, counted in characters.

/// Breaks `text` between words into lines of at most `width` characters. A word
/// that is longer than that stands on a line of its own.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let needed = line.chars().count() + word.chars().count();
        if !line.is_empty() && needed > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Wraps `text` like [`wrap`] and puts `prefix` before every line. The prefix
/// counts towards the width.
pub fn wrap_with_prefix(text: &str, width: usize, prefix: &str) -> Vec<String> {
    let inner = width.saturating_sub(prefix.chars().count());
    wrap(text, inner).into_iter().map(|line| format!("{prefix}{line}")).collect()
}
