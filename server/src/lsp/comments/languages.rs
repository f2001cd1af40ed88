//! Which language has which comments. A name is what editors call the language,
//! the ending of its files, or the name of a file.

use std::path::Path;

use super::syntax::{
    Block, DOUBLE, Escape, Line, NONE, Quote, SINGLE, Special, Syntax, Where, any, block, first,
    long, nesting, quote, word,
};

/// How a document is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Language {
    /// Code from one end to the other.
    Code(&'static Syntax),
    /// Tags, with code in some of them, and these comments besides `<!-- -->`.
    Markup(&'static [Block]),
    /// Prose with `<!-- -->`, and code that is quoted.
    Markdown,
}

const BACKSLASH: Escape = Escape::Byte(b'\\');
const C_BLOCK: &[Block] = &[block("/*", "*/")];
const C_NESTING: &[Block] = &[nesting("/*", "*/")];
const SLASHES: &[Line] = &[any("//")];
const HASH: &[Line] = &[any("#")];
const HASH_WORD: &[Line] = &[word("#")];
const DASHES: &[Line] = &[any("--")];
const PLAIN: &[Quote] = &[DOUBLE, SINGLE];
const LONG_DOUBLE: Quote = long("\"", BACKSLASH);
const TRIPLE: Quote = long("\"\"\"", BACKSLASH);
/// Quotes that are apostrophes within words.
const AT_WORD: &[Quote] = &[
    Quote { at: Where::Word, ..DOUBLE },
    Quote { at: Where::Word, ..quote("'", Escape::Doubled) },
];

const C: Syntax = Syntax {
    line: SLASHES,
    block: C_BLOCK,
    quotes: &[DOUBLE],
    special: &[Special::Characters, Special::DelimitedString],
};
const RUST: Syntax = Syntax {
    block: C_NESTING,
    quotes: &[LONG_DOUBLE],
    special: &[Special::Characters, Special::HashedString(Some(b'r'))],
    ..C
};
const JAVA: Syntax = Syntax { quotes: &[TRIPLE, DOUBLE], special: &[Special::Characters], ..C };
const KOTLIN: Syntax = Syntax { block: C_NESTING, ..JAVA };
const SWIFT: Syntax =
    Syntax { special: &[Special::HashedString(None)], quotes: &[TRIPLE, DOUBLE], ..KOTLIN };
const CSHARP: Syntax = Syntax { special: &[Special::Characters, Special::VerbatimString], ..JAVA };
const GO: Syntax =
    Syntax { quotes: &[DOUBLE, long("`", Escape::Nothing)], special: &[Special::Characters], ..C };
pub(super) const SCRIPT: Syntax = Syntax {
    line: SLASHES,
    block: C_BLOCK,
    quotes: PLAIN,
    special: &[Special::Template, Special::Regex],
};
const DART: Syntax = Syntax {
    block: C_NESTING,
    quotes: &[TRIPLE, long("'''", BACKSLASH), DOUBLE, SINGLE],
    ..SCRIPT
};
const GROOVY: Syntax = Syntax { block: C_BLOCK, ..DART };
/// Everything that is written like C and has simple strings. Style sheets are
/// here too: who writes `//` in one means a comment.
pub(super) const STYLE: Syntax =
    Syntax { line: SLASHES, block: C_BLOCK, quotes: PLAIN, special: &[] };
const D: Syntax = Syntax { block: &[block("/*", "*/"), nesting("/+", "+/")], ..GO };
const ZIG: Syntax =
    Syntax { line: SLASHES, quotes: &[DOUBLE], special: &[Special::Characters], ..NONE };
pub(super) const PHP: Syntax = Syntax {
    line: &[any("//"), Line { unless: Some(b'['), ..any("#") }],
    block: C_BLOCK,
    quotes: &[LONG_DOUBLE, long("'", BACKSLASH)],
    special: &[Special::Heredoc(3)],
};
const PYTHON: Syntax =
    Syntax { line: HASH, quotes: &[TRIPLE, long("'''", BACKSLASH), DOUBLE, SINGLE], ..NONE };
const RUBY: Syntax = Syntax {
    line: HASH_WORD,
    block: &[Block { lines: true, ..block("=begin", "=end") }],
    quotes: &[LONG_DOUBLE, long("'", BACKSLASH), quote("`", BACKSLASH)],
    special: &[Special::Regex, Special::Heredoc(2)],
};
const PERL: Syntax = Syntax {
    line: HASH_WORD,
    quotes: PLAIN,
    special: &[Special::Backslash, Special::Heredoc(2)],
    ..NONE
};
const SHELL: Syntax = Syntax {
    line: HASH_WORD,
    quotes: &[LONG_DOUBLE, long("'", Escape::Nothing)],
    special: &[Special::Backslash, Special::Heredoc(2)],
    ..NONE
};
const POWERSHELL: Syntax = Syntax {
    line: HASH_WORD,
    block: &[block("<#", "#>")],
    quotes: &[
        Quote { close: "\n\"@", ..long("@\"", Escape::Nothing) },
        Quote { close: "\n'@", ..long("@'", Escape::Nothing) },
        long("\"", Escape::Byte(b'`')),
        long("'", Escape::Doubled),
    ],
    ..NONE
};
const HASHED: Syntax = Syntax { line: HASH, quotes: PLAIN, ..NONE };
const HASHED_WORDS: Syntax = Syntax { line: HASH_WORD, quotes: AT_WORD, ..NONE };
const TOML: Syntax = Syntax {
    quotes: &[TRIPLE, long("'''", Escape::Nothing), DOUBLE, quote("'", Escape::Nothing)],
    ..HASHED
};
const ELIXIR: Syntax = Syntax {
    quotes: &[TRIPLE, long("'''", BACKSLASH), DOUBLE, SINGLE],
    special: &[Special::Prefix(b'?')],
    ..HASHED
};
const JULIA: Syntax = Syntax {
    block: &[nesting("#=", "=#")],
    quotes: &[TRIPLE, DOUBLE],
    special: &[Special::Characters],
    ..HASHED
};
const NIM: Syntax = Syntax { block: &[nesting("#[", "]#")], ..JULIA };
const COFFEE: Syntax = Syntax { block: &[block("###", "###")], ..PYTHON };
const HCL: Syntax = Syntax {
    line: &[any("#"), any("//")],
    block: C_BLOCK,
    quotes: &[DOUBLE],
    special: &[Special::Heredoc(2)],
};
const NIX: Syntax = Syntax {
    line: HASH,
    block: C_BLOCK,
    quotes: &[LONG_DOUBLE, long("''", Escape::Nothing)],
    special: &[],
};
const CMAKE: Syntax = Syntax { block: &[block("#[[", "]]")], quotes: &[LONG_DOUBLE], ..HASHED };
const SQL: Syntax = Syntax {
    line: DASHES,
    block: C_NESTING,
    quotes: &[
        long("'", Escape::Doubled),
        quote("\"", Escape::Doubled),
        quote("`", Escape::Nothing),
    ],
    special: &[],
};
const LUA: Syntax =
    Syntax { line: DASHES, quotes: PLAIN, special: &[Special::LongBrackets], ..NONE };
const HASKELL: Syntax = Syntax {
    line: DASHES,
    block: &[nesting("{-", "-}")],
    quotes: &[DOUBLE],
    special: &[Special::Characters],
};
const ELM: Syntax = Syntax { quotes: &[TRIPLE, DOUBLE], ..HASKELL };
const LEAN: Syntax = Syntax { block: &[nesting("/-", "-/")], ..HASKELL };
const ADA: Syntax = Syntax {
    line: DASHES,
    quotes: &[quote("\"", Escape::Doubled)],
    special: &[Special::Characters],
    ..NONE
};
const OCAML: Syntax = Syntax {
    block: &[nesting("(*", "*)")],
    quotes: &[LONG_DOUBLE],
    special: &[Special::Characters],
    ..NONE
};
const FSHARP: Syntax = Syntax { line: SLASHES, quotes: &[TRIPLE, LONG_DOUBLE], ..OCAML };
const PASCAL: Syntax = Syntax {
    line: SLASHES,
    block: &[block("{", "}"), block("(*", "*)")],
    quotes: &[quote("'", Escape::Doubled)],
    special: &[],
};
const ERLANG: Syntax =
    Syntax { line: &[any("%")], quotes: PLAIN, special: &[Special::Prefix(b'$')], ..NONE };
const PROLOG: Syntax = Syntax { line: &[any("%")], block: C_BLOCK, quotes: PLAIN, special: &[] };
const TEX: Syntax = Syntax { line: &[any("%")], special: &[Special::Backslash], ..NONE };
const MATLAB: Syntax = Syntax {
    line: &[any("%"), word("#")],
    block: &[block("%{", "%}")],
    quotes: &[
        quote("\"", Escape::Doubled),
        // After a value it transposes.
        Quote { at: Where::Word, ..quote("'", Escape::Doubled) },
    ],
    special: &[],
};
const LISP: Syntax = Syntax {
    line: &[any(";")],
    block: &[nesting("#|", "|#")],
    quotes: &[LONG_DOUBLE],
    special: &[Special::Backslash],
};
const ASSEMBLY: Syntax = Syntax {
    line: &[any(";"), any("//"), word("#"), word("@")],
    block: C_BLOCK,
    quotes: &[DOUBLE],
    special: &[Special::Characters],
};
const INI: Syntax = Syntax { line: &[word(";"), word("#")], quotes: AT_WORD, ..NONE };
const BASIC: Syntax =
    Syntax { line: &[any("'"), first("REM")], quotes: &[quote("\"", Escape::Doubled)], ..NONE };
const BATCH: Syntax = Syntax { line: &[first("REM"), first("@REM"), first("::")], ..NONE };
const VIM: Syntax =
    Syntax { quotes: &[quote("'", Escape::Doubled)], special: &[Special::QuoteComment], ..NONE };
const FORTRAN: Syntax = Syntax {
    line: &[any("!")],
    quotes: &[quote("\"", Escape::Doubled), quote("'", Escape::Doubled)],
    ..NONE
};
const COBOL: Syntax = Syntax { line: &[any("*>")], quotes: PLAIN, ..NONE };
const PROPERTIES: Syntax = Syntax { line: &[first("#"), first("!")], ..NONE };
const FIRST_HASH: Syntax = Syntax { line: &[first("#")], ..NONE };
/// Of a language that is not known: what stands at the beginning of a line.
const UNKNOWN: Syntax = Syntax { line: &[first("//"), first("#")], ..NONE };

const CODE: &[(&str, &Syntax)] = &[
    (
        "c cpp c++ cc cxx h hpp hh hxx ino cuda cuda-cpp cu objective-c objective-cpp objc objcpp mm arduino",
        &C,
    ),
    ("rust rs", &RUST),
    ("java scala sc", &JAVA),
    ("kotlin kt kts", &KOTLIN),
    ("swift", &SWIFT),
    ("csharp cs c#", &CSHARP),
    ("go gomod mod", &GO),
    (
        "javascript js mjs cjs javascriptreact jsx typescript ts mts cts typescriptreact tsx javascript.jsx typescript.tsx qml",
        &SCRIPT,
    ),
    ("dart", &DART),
    ("groovy gradle jenkinsfile", &GROOVY),
    (
        "css scss sass less stylus json jsonc json5 proto protobuf thrift solidity sol glsl hlsl wgsl metal vert frag typst typ gleam v odin jai verilog systemverilog sv prisma kdl dot graphviz reason re",
        &STYLE,
    ),
    ("d", &D),
    ("zig", &ZIG),
    ("python py pyi pyw starlark bzl bazel build workspace gdscript gd", &PYTHON),
    ("ruby rb rakefile gemfile crystal cr", &RUBY),
    ("perl pl pm raku", &PERL),
    ("shellscript sh bash zsh ksh fish bashrc zshrc profile", &SHELL),
    ("powershell ps1 psm1", &POWERSHELL),
    ("r awk tcl graphql gql cython pyx gherkin feature sed meson meson.build", &HASHED),
    (
        "yaml yml make makefile mk dockercompose docker-compose just justfile nginx conf puppet pp robot nu sshconfig env dotenv editorconfig",
        &HASHED_WORDS,
    ),
    ("toml", &TOML),
    ("elixir ex exs", &ELIXIR),
    ("julia jl", &JULIA),
    ("nim", &NIM),
    ("coffeescript coffee", &COFFEE),
    ("terraform tf tfvars hcl", &HCL),
    ("nix", &NIX),
    ("cmake cmakelists.txt", &CMAKE),
    ("sql mysql postgres pgsql plsql sqlite", &SQL),
    ("lua luau", &LUA),
    ("haskell hs purescript purs agda idris idr", &HASKELL),
    ("elm dhall", &ELM),
    ("lean lean4", &LEAN),
    ("ada adb ads vhdl vhd", &ADA),
    ("ocaml ml mli sml coq", &OCAML),
    ("fsharp fs fsx fsi", &FSHARP),
    ("pascal pas dpr delphi", &PASCAL),
    ("erlang erl hrl", &ERLANG),
    ("prolog pro", &PROLOG),
    ("tex latex plaintex sty bibtex bib", &TEX),
    ("matlab octave m", &MATLAB),
    (
        "lisp commonlisp common-lisp cl scheme scm racket rkt clojure clj cljs cljc edn elisp emacs-lisp el fennel fnl janet",
        &LISP,
    ),
    ("asm assembly nasm s gas arm", &ASSEMBLY),
    ("ini dosini cfg desktop systemd service gitconfig", &INI),
    ("vb vbnet vbscript vbs bas basic", &BASIC),
    ("bat cmd batch dosbatch", &BATCH),
    ("vim viml vimscript vimrc", &VIM),
    ("fortran fortran-modern f90 f95 f03 f08", &FORTRAN),
    ("cobol cob cbl", &COBOL),
    ("properties java-properties", &PROPERTIES),
    (
        "dockerfile containerfile ignore gitignore dockerignore gitattributes codeowners",
        &FIRST_HASH,
    ),
];

const MARKUP: &[(&str, &[Block])] = &[
    ("html htm xhtml xml xsl xsd svg vue svelte astro plist csproj fsproj", &[]),
    ("php phtml", &[]),
    (
        "jinja jinja2 j2 jinja-html django-html django twig nunjucks njk tera askama",
        &[block("{#", "#}")],
    ),
    ("liquid", &[block("{% comment %}", "{% endcomment %}")]),
    ("handlebars hbs mustache", &[block("{{!--", "--}}"), block("{{!", "}}")]),
    ("gotmpl go-template tmpl gohtml", &[block("{{/*", "*/}}"), block("{{- /*", "*/ -}}")]),
    ("erb eruby ejs eex heex html-eex", &[block("<%#", "%>"), block("<%!--", "--%>")]),
    ("jsp", &[block("<%--", "--%>")]),
    ("razor cshtml aspnetcorerazor", &[block("@*", "*@")]),
    ("blade", &[block("{{--", "--}}")]),
];

/// What is written for people and has no comments.
const NO_COMMENTS: &[&str] =
    &["plaintext", "text", "txt", "csv", "tsv", "diff", "patch", "log", "git-commit", "gitcommit"];

/// The language of a document: what its editor says, or what its name tells.
pub(super) fn of(language_id: &str, path: &Path) -> Option<Language> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_owned());
    let id = language_id.to_lowercase();
    let names = [Some(id), Some(file), ending];
    for name in names.iter().flatten().filter(|name| !name.is_empty()) {
        if NO_COMMENTS.contains(&name.as_str()) {
            return None;
        }
        if let Some(language) = named(name) {
            return Some(language);
        }
    }
    Some(Language::Code(&UNKNOWN))
}

fn named(name: &str) -> Option<Language> {
    let has = |names: &str| names.split(' ').any(|known| known == name);
    if ["markdown", "md", "mdx", "quarto", "rmd"].contains(&name) {
        return Some(Language::Markdown);
    }
    if let Some((_, syntax)) = CODE.iter().find(|(names, _)| has(names)) {
        return Some(Language::Code(syntax));
    }
    let (_, blocks) = MARKUP.iter().find(|(names, _)| has(names))?;
    Some(Language::Markup(blocks))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_given_once() {
        let all = CODE.iter().map(|(names, _)| names).chain(MARKUP.iter().map(|(names, _)| names));
        let mut seen = BTreeSet::new();
        for name in all.flat_map(|names| names.split(' ')) {
            assert!(seen.insert(name), "{name} is there twice");
            assert_eq!(name, name.to_lowercase());
        }
        assert!(seen.len() > 200);
    }

    #[test]
    fn the_editors_word_comes_before_the_name_of_the_file() {
        let marker = |id: &str, path: &str| match of(id, Path::new(path)) {
            Some(Language::Code(syntax)) => syntax.line.first().map_or("", |line| line.marker),
            Some(Language::Markup(_)) => "markup",
            Some(Language::Markdown) => "markdown",
            None => "none",
        };
        assert_eq!(marker("python", "/w/run"), "#");
        assert_eq!(marker("", "/w/a.LUA"), "--");
        assert_eq!(marker("fundamental", "/w/Makefile"), "#");
        assert_eq!(marker("whatever", "/w/.gitignore"), "#");
        assert_eq!(marker("vue", "/w/a.vue"), "markup");
        assert_eq!(marker("", "/w/README.md"), "markdown");
        assert_eq!(marker("plaintext", "/w/a.rs"), "none");
        assert_eq!(marker("brandnew", "/w/a.brandnew"), "//");
    }
}
