//! What each client sees of the agent's eight parts, as texts to read: every one
//! is played with the real program under the profile of every client, and compared
//! with `tests/transcripts/`. `UPDATE_EXPECT=1` writes them anew; what has to come
//! of each part is asserted where it is played, whatever the texts say.

mod more_parts;
mod parts;
mod play;
mod words;

use expect_test::expect_file;
use tiro_tests::profile::Profile;

type Part = fn(&Profile) -> String;

const PARTS: [(&str, Part); 8] = [
    ("Ask", parts::ask),
    ("Talk", parts::talk),
    ("See", parts::see),
    ("Approve", parts::approve),
    ("Review", more_parts::review),
    ("Undo", more_parts::undo),
    ("Know", more_parts::know),
    ("Diagnostics of other servers", more_parts::diagnostics),
];

/// What a client can do, as far as it makes a difference here.
const ABILITIES: [(&str, &str); 5] = [
    ("/workspace/applyEdit", "takes edits"),
    ("/window/showDocument/support", "opens documents"),
    ("/window/workDoneProgress", "shows progress"),
    ("/textDocument/codeLens", "shows code lenses"),
    ("/textDocument/codeAction", "shows code actions with their kinds"),
];

fn check(name: &str, file: &str) {
    let profile = Profile::named(file).expect("a profile of this name");
    let mut out = format!(
        "# {name}\n\nMade by `tests/e2e/transcripts.rs`: what a person does in an editor in memory that declares and does\n\
         what `tests/profiles/{file}.json` says, and what client and server say to one another. `→` is a request or a\n\
         notification, `⇒` the answer to one. Left out are log messages, refreshes and, where nothing waits, progress.\n\n"
    );
    for (pointer, can) in ABILITIES {
        let value = profile.capability(pointer);
        let yes = *value == true || value.is_object();
        out.push_str(&format!("- {can}: {}\n", if yes { "yes" } else { "no" }));
    }
    let answers = if profile.quirks.answers_questions { "yes" } else { "no" };
    out.push_str(&format!("- lets a person answer questions: {answers}\n"));
    for (title, play) in PARTS {
        out.push_str(&format!("\n## {title}\n\n```text{}```\n", play(&profile)));
    }
    let path = format!("{}/transcripts/{file}.md", env!("CARGO_MANIFEST_DIR"));
    expect_file![path].assert_eq(&out);
}

macro_rules! transcripts {
    ($($test:ident: $name:literal = $file:literal;)*) => {
        $(#[test]
        fn $test() {
            check($name, $file);
        })*

        #[test]
        fn every_profile_has_a_transcript() {
            let named = [$($file),*].map(|file| Profile::named(file).expect("a profile").name);
            let all = Profile::all().into_iter().map(|profile| profile.name);
            assert_eq!(named.to_vec(), all.collect::<Vec<_>>());
        }
    };
}

transcripts! {
    vscode: "Visual Studio Code" = "vscode";
    neovim: "Neovim without a plugin" = "neovim";
    helix: "Helix" = "helix";
    eglot: "Emacs 30 with eglot" = "eglot";
    eglot_1_9: "Emacs 28 with eglot 1.9" = "eglot-1.9";
    lsp_mode: "Emacs with lsp-mode" = "lsp-mode";
    kakoune: "Kakoune with kakoune-lsp" = "kakoune";
    sublime: "Sublime Text with LSP" = "sublime";
    vim_coc: "Vim with coc.nvim" = "vim-coc";
    vim_ale: "Vim with ALE" = "vim-ale";
    vim_lsp: "Vim with vim-lsp" = "vim-lsp";
    zed: "Zed" = "zed";
    bare: "A client that declares nothing" = "bare";
}
