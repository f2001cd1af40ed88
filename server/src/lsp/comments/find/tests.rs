//! Comments in the languages, and what is none; and properties of any text.

use std::path::Path;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn check(language: &str, text: &str, found: &Expect) {
    let comments = find(text, language, Path::new("/w/file"));
    let lines = comments.iter().map(|comment| {
        let kind = if comment.kind == Kind::Do { '!' } else { '?' };
        format!("{kind} {:?} in {:?}\n", comment.words, &text[comment.span.clone()])
    });
    found.assert_eq(&lines.collect::<String>());
}

/// What is found of this text in each of the languages, as its words.
fn words_in(languages: &str, text: &str) -> Vec<String> {
    let found = languages.split(' ').map(|language| {
        let comments = find(text, language, Path::new("/w/file"));
        let words: Vec<&str> = comments.iter().map(|comment| comment.words.as_str()).collect();
        format!("{language}: {}", words.join(" | "))
    });
    found.collect()
}

fn all(languages: &str, text: &str, words: &str) {
    for found in words_in(languages, text) {
        assert!(found.ends_with(&format!(": {words}")), "{found:?} is not {words:?} in {text}");
    }
}

#[test]
fn what_goes_is_the_sentence_with_the_mark() {
    for (text, left) in [
        ("# It doubles.\n# make it triple AI!\nx = 1\n", "# It doubles.\nx = 1\n"),
        ("# make it\n# triple AI!\nx = 1\n", "x = 1\n"),
        ("# It doubles.\n# make it\n# triple AI!\n", "# It doubles.\n"),
    ] {
        let comments = find(text, "python", Path::new("/w/file"));
        let goes = removal(text, &comments[0].marked);
        assert_eq!(format!("{}{}", &text[..goes.start], &text[goes.end..]), left, "{text}");
    }
}

#[test]
fn every_kind_of_comment_is_found() {
    all(
        "rust c cpp java kotlin swift csharp go javascript typescriptreact dart zig css proto",
        "a; // do AI!\n",
        "do",
    );
    all("rust c java kotlin swift csharp go typescript dart css sql", "a /* do AI! */ b\n", "do");
    all(
        "python ruby shellscript perl yaml toml elixir r dockerfile make nix hcl cmake",
        "# do AI!\n",
        "do",
    );
    all("sql lua haskell ada elm vhdl", "x -- do AI!\n", "do");
    all("clojure lisp scheme elisp asm ini", "; do AI!\n", "do");
    all("erlang latex matlab prolog", "x % do AI!\n", "do");
    all("vb bat basic", "  REM do AI!\n", "do");
    all("vb", "x = 1 ' do AI!\n", "do");
    all("bat", ":: do AI!\n@rem really AI!\n", "do | really");
    all("vim", "\" do AI!\nlet a = 1 \" really AI!\n", "do | really");
    all("html vue svelte xml markdown jinja php", "<p>it's</p>\n<!-- do AI! -->\n", "do");
    all("haskell elm", "{- do {- this -} AI! -}\n", "do {- this -}");
    all("ocaml fsharp coq", "(* do AI! *)\n", "do");
    all("pascal", "{ do AI! }\n(* really AI! *)\n", "do | really");
    all("lua", "--[[ do\nAI! ]]\n--[==[ really ]] AI! ]==]\n", "do | really ]]");
    all("ruby", "=begin\ndo AI!\n=end\n", "do");
    all("jinja", "{# do AI! #}", "do");
    all("handlebars", "{{!-- do AI! --}}", "do");
    all("erb", "<%# do AI! %>", "do");
    all("powershell", "<# do AI! #>\n# really AI!\n", "do | really");
    all("julia", "#= do AI! =#", "do");
    all("lisp scheme", "#| do AI! |#", "do");
    all("fortran", "x = 1 ! do AI!\n", "do");
    all("whatever", "# do AI!\nx // do AI!\n", "do");
}

#[test]
fn a_mark_within_a_string_is_none() {
    let double = "x(\"# AI!\");\ny(\"// do AI!\", \"\\\" -- do AI!\");\n";
    all(
        "rust c java kotlin swift csharp go javascript dart python ruby shellscript perl lua sql yaml toml haskell",
        double,
        "",
    );
    all(
        "javascript python ruby shellscript php perl lua dart sql",
        "x('// do AI!\\n# do AI!')\n",
        "",
    );
    all("rust", "let a = r#\"\"// do AI!\n\"#; let b = b\"// do AI!\"; '\"' // do AI!\n", "do");
    all("rust", "fn f<'a>(x: &'a str) {} // do AI!\nlet c = '\\''; // really AI!\n", "do | really");
    all("cpp", "auto a = R\"x(\n// do )\" AI!\n)x\"; int b = 1'000'000; // do AI!\n", "do");
    all("csharp", "var a = @\"// \"\"do AI!\n// do AI!\"; // do AI!\n", "do");
    all("swift", "let a = #\"// \" do AI!\"# // do AI!\n", "do");
    all("go", "a := `// do AI!\n// do AI!` // do AI!\n", "do");
    all(
        "javascript",
        "a = `// do AI!\n${b + `// do AI!\n` /* do AI! */}// do AI!\n`; // really AI!\n",
        "do | really",
    );
    all("javascript", "a = /[\"'`/]/; // do AI!\nb = c / d; // 'really AI!\n", "do | 'really");
    all("python kotlin java elixir", "x = \"\"\"\n# do AI!\n// do AI!\n\"\"\"\n", "");
    all("lua", "a = [[\n-- do AI!\n]] -- do AI!\n", "do");
    all("shellscript ruby perl", "cat <<EOF\n# do AI!\nEOF\n# do AI!\n", "do");
    all(
        "shellscript",
        "cat <<'a' <<-b\n# do AI!\na\n# do AI!\n\tb\necho $#  ${x#y} a#b # do AI!\n",
        "do",
    );
    all("shellscript", "x=$((1<<y)) # do AI!\n", "do");
    all("yaml", "a: don't # do AI!\nb: 'x # do AI!'\nc: http://x#y AI!\n", "do");
    all("html vue", "<a title='<!-- do AI! -->'>// do AI!</a>\n", "");
    all(
        "html vue svelte",
        "<script>let a = '<!-- do AI! -->'; // do AI!\n</script>\n<style>/* really AI! */</style>",
        "do | really",
    );
    all(
        "php",
        "don't // no AI!\n<?php $a = '// AI!'; // do AI! ?>\n# no AI!\n<?= 1 # really AI!\n?>",
        "do | really",
    );
    all("markdown", "`<!-- do AI! -->`\n```html\n<!-- do AI! -->\n```\n<!-- do\nAI! -->\n", "do");
    all("tex", "100\\% % do AI!\n", "do");
    all("erlang", "$\" % do AI!\n", "do");
    all("sql", "'it''s -- AI!' -- do AI!\n", "do");
    all("clojure", "[\\\" \";\n; AI!\"] ; do AI!\n", "do");
    all("plaintext csv", "# do AI!\n// do AI!\n", "");
}

#[test]
fn lines_of_one_comment_are_one() {
    check(
        "rust",
        "    // split this\n    // in two AI!\n    // Another one.\n    fn a() {}\n",
        &expect![[r#"
            ! "split this\nin two" in "// split this\n    // in two AI!"
        "#]],
    );
    // Another kind of comment, an empty line of it, or code before it: it begins anew.
    check(
        "rust",
        "/// About it.\n// one AI!\n// old\n//\n// two AI?\nx(); // old\n// three AI!\n",
        &expect![[r#"
            ! "one" in "// one AI!"
            ? "two" in "// two AI?"
            ! "three" in "// three AI!"
        "#]],
    );
    check(
        "c",
        "/*\r\n * split\r\n * this ai!\r\n **/ x // why  Ai? \r\n",
        &expect![[r#"
            ! "split\nthis" in "/*\r\n * split\r\n * this ai!\r\n **/"
            ? "why" in "// why  Ai? "
        "#]],
    );
}

#[test]
fn only_the_word_counts_and_only_at_the_end() {
    let none = "# OpenAI!\n\n# j'ai?\n\n# see open.ai?\n\n# AI! now\n\n# AI\n\n# AI!\n\n# -- AI?\n\n# A-AI!\n";
    all("python", none, "");
    all("python", "#do it,AI!\n\n# (why?) AI?\n", "do it, | (why?)");
}

#[test]
fn what_goes_with_a_comment() {
    let without = |text: &str| {
        let comments = find(text, "rust", Path::new("/w/a.rs"));
        let span = removal(text, &comments[0].span);
        format!("{}{}", &text[..span.start], &text[span.end..])
    };
    assert_eq!(without("a\n  // x AI!\nb\n"), "a\nb\n");
    assert_eq!(without("a\r\n\t// y\r\n\t// x AI!\r\nb"), "a\r\nb");
    assert_eq!(without("a(); \t// x AI!\nb"), "a();\nb");
    assert_eq!(without("a(/* x AI! */ b)"), "a( b)");
    assert_eq!(without("a /* x AI! */ b"), "a b");
    assert_eq!(without("a\n// x AI!"), "a\n");
    assert_eq!(without("// x AI!"), "");
}

#[test]
fn a_large_text_is_read_once() {
    let mut text = "let a = \"x\"; // why? not\n".repeat(10_000);
    text.push_str("// do AI!\n");
    assert_eq!(find(&text, "rust", Path::new("/w/a.rs")).len(), 1);
    // Openings without an end, in their worst number.
    for (language, piece) in [
        ("shellscript", "cat <<A\n"),
        ("javascript", "=/["),
        ("html", "<a \"'"),
        ("php", "<?= '"),
        ("javascript", "`${"),
        ("ocaml", "(* "),
        ("markdown", "``` ` <!"),
        ("cpp", "R\"("),
        ("lua", "[==[ ]=]"),
    ] {
        let text = piece.repeat(20_000) + "// do AI!\n";
        find(&text, language, Path::new("/w/a"));
    }
}

/// Texts of pieces that mean something somewhere.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "//", "/*", "*/", "#", "--", "--[[", "]]", "<!--", "-->", "{#", "#}", "{-", "-}", "(*", "*)", ";", "%",
            "\"", "'", "`", "\"\"\"", "'''", "r#\"", "\"#", "R\"(", ")\"", "@\"", "${", "{", "}", "\\", "/", "[", "]",
            "<<EOF", "EOF", "<<~x", "=begin", "=end", "REM ", "::", "<script>", "</script>", "<?php", "?>", "<a b=",
            "```", "~~~", "$", "?", "!", "=#", "#=", "|#", "<#", "#>", "[==[", "]==]",
        ]).prop_map(str::to_owned),
        3 => prop::sample::select(vec![" AI!", " AI?", "AI!", " ai! ", " do", "\n", "\r\n", "\r", " ", "\t"]).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

const LANGUAGES: &[&str] = &[
    "rust",
    "c",
    "csharp",
    "swift",
    "go",
    "javascript",
    "dart",
    "php",
    "python",
    "ruby",
    "perl",
    "shellscript",
    "powershell",
    "yaml",
    "toml",
    "elixir",
    "julia",
    "nix",
    "sql",
    "lua",
    "haskell",
    "ocaml",
    "pascal",
    "erlang",
    "tex",
    "matlab",
    "clojure",
    "asm",
    "ini",
    "vb",
    "bat",
    "vim",
    "fortran",
    "html",
    "jinja",
    "handlebars",
    "erb",
    "markdown",
    "whatever",
    "plaintext",
    "coffeescript",
    "hcl",
    "cmake",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn spans_are_in_the_text_in_order_and_end_in_the_mark(text in texts(), language in prop::sample::select(LANGUAGES)) {
        let mut at = 0;
        for comment in find(&text, language, Path::new("/w/a")) {
            prop_assert!(comment.span.start >= at && comment.span.end <= text.len());
            at = comment.span.end;
            let raw = text.get(comment.span.clone()).expect("between characters");
            let lower = raw.to_lowercase();
            prop_assert!(lower.contains("ai!") || lower.contains("ai?"), "{raw:?}");
            prop_assert!(comment.words.contains(char::is_alphanumeric));
            let goes = removal(&text, &comment.span);
            prop_assert!(goes.start <= comment.span.start && goes.end >= comment.span.end);
            let rest = text.get(..goes.start).zip(text.get(goes.end..));
            prop_assert!(rest.is_some());
            let blank = |part: &str| part.trim().is_empty();
            prop_assert!(blank(&text[goes.start..comment.span.start]) && blank(&text[comment.span.end..goes.end]));
        }
    }
}
