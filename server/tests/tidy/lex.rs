//! Just enough of Rust's lexical grammar to tell code from comments, strings
//! and tests. What is taken out leaves its line ends, so that line numbers hold.

/// The code with comments and the contents of strings and characters blanked.
pub(crate) fn blank(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = match letters[at] {
            '/' if letters.get(at + 1) == Some(&'/') => find(&letters, at, '\n'),
            '/' if letters.get(at + 1) == Some(&'*') => block_comment(&letters, at),
            '"' => string(&letters, at),
            'r' | 'b' if !continues_word(&letters, at) => match raw_string(&letters, at) {
                Some(end) => end,
                None => at,
            },
            '\'' => character(&letters, at),
            _ => at,
        };
        if end == at {
            code.push(letters[at]);
            at += 1;
        } else {
            code.extend(letters[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// As many lines, all empty.
pub(crate) fn empty_like(code: &str) -> String {
    "\n".repeat(code.matches('\n').count())
}

/// Product code and tests: items under `#[cfg(test)]`.
pub(crate) fn split_tests(code: &str) -> (String, String) {
    let (mut product, mut tests) = (String::new(), String::new());
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        let (before, from) = rest.split_at(start);
        let (item, after) = from.split_at(item_end(from));
        product.push_str(before);
        product.push_str(&empty_like(item));
        tests.push_str(&empty_like(before));
        tests.push_str(item);
        rest = after;
    }
    product.push_str(rest);
    tests.push_str(&empty_like(rest));
    (product, tests)
}

/// Where the item that starts here ends: at a `;` outside braces, or at the
/// brace that closes its body.
fn item_end(code: &str) -> usize {
    let mut depth = 0usize;
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

fn find(letters: &[char], from: usize, wanted: char) -> usize {
    letters[from..].iter().position(|&c| c == wanted).map_or(letters.len(), |n| from + n)
}

fn continues_word(letters: &[char], at: usize) -> bool {
    at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_')
}

fn block_comment(letters: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0usize, start);
    while at < letters.len() {
        match (letters[at], letters.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn string(letters: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < letters.len() {
        match letters[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    letters.len()
}

/// The end of `r"…"`, `r#"…"#`, `b"…"` or `br#"…"#`, if one starts here.
fn raw_string(letters: &[char], start: usize) -> Option<usize> {
    let mut at = start + usize::from(letters[start] == 'b');
    let raw = letters.get(at) == Some(&'r');
    at += usize::from(raw);
    let hashes = letters[at.min(letters.len())..].iter().take_while(|&&c| c == '#').count();
    at += hashes;
    if letters.get(at) != Some(&'"') {
        return None;
    }
    if !raw {
        return (hashes == 0).then(|| string(letters, at));
    }
    loop {
        at = find(letters, at + 1, '"');
        let closing = letters[(at + 1).min(letters.len())..].iter().take(hashes);
        if at == letters.len() || closing.filter(|&&c| c == '#').count() == hashes {
            return Some((at + 1 + hashes).min(letters.len()));
        }
    }
}

/// The end of a character literal; a lifetime ends where it starts.
fn character(letters: &[char], start: usize) -> usize {
    match (letters.get(start + 1), letters.get(start + 2)) {
        (Some('\\'), _) => (find(letters, start + 3, '\'') + 1).min(letters.len()),
        (Some(_), Some('\'')) => start + 3,
        _ => start,
    }
}

#[test]
fn comments_and_strings_are_blanked_and_lines_stay() {
    let text = "a /* x /* y */\n z */ b // c\n\"d \\\" e\" r#\"f \" \ng\"# 'h' '\\'' &'i str b\"j\" br\"k\"";
    let code = blank(text);
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "b", "&'i", "str"]);
    assert_eq!(code.matches('\n').count(), text.matches('\n').count());
}

#[test]
fn tests_are_told_from_product_code() {
    let (product, tests) = split_tests(
        "a();\n#[cfg(test)]\nmod tests;\nb();\n#[cfg(test)]\nmod t { fn x() { y } }\nc();",
    );
    assert_eq!(product.split_whitespace().collect::<Vec<_>>(), ["a();", "b();", "c();"]);
    assert!(tests.contains("fn x() { y } }") && !tests.contains("c()"), "{tests}");
    assert_eq!(tests.lines().position(|line| line.contains("mod t {")), Some(5));
}
