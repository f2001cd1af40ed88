//! The table of what is known-safe, each unsafe row with its reason, and
//! properties that hold for any input.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::is_known_safe;

fn argv(command: &[&str]) -> Vec<String> {
    command.iter().map(|&word| word.to_owned()).collect()
}

fn safe_in(cwd: &str, command: &[&str]) -> bool {
    is_known_safe(&argv(command), Path::new(cwd), &[PathBuf::from("/w"), PathBuf::from("/second")])
}

/// A row is a command line, split at single spaces.
fn check_argv(line: &str, expected: bool, why: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(safe_in("/w/sub", &words), expected, "{line:?}: {why}");
}

fn check_script(script: &str, expected: bool, why: &str) {
    for shell in [["bash", "-lc"], ["bash", "-c"], ["sh", "-c"]] {
        let found = safe_in("/w/sub", &[shell[0], shell[1], script]);
        assert_eq!(found, expected, "{script:?}: {why}");
    }
}

#[test]
fn commands_that_only_read_are_safe() {
    for line in [
        "cat a.rs",
        "cat -n a.rs b.rs",
        "cd src",
        "echo hello",
        "grep -rn pattern src",
        "grep -f patterns.txt a",
        "head -n 20 a",
        "head -c100 a",
        "ls",
        "ls -la --color=never /etc",
        "pwd",
        "tail -n 5 a",
        "tail -n+5 a",
        "tail -20 a",
        "tail --lines=5 a",
        "tail -c 10 for.txt",
        "wc -l a",
        "wc --files0-from=list",
        "which cargo",
        "rg pattern",
        "rg -n -i pattern src",
        "rg -tzig pattern",
        "rg -gfoo.z pattern",
        "rg -ez",
        "rg --files --hidden",
        "rg --pretty pattern",
        "rg --json pattern -- src",
        "find . -name *.rs -type f",
        "find . -maxdepth 2 ( -name a -o -name b ) -print0",
        "find . ! -path ./target -newer a",
        "sed -n 5p a.rs",
        "sed -n 1,200p src/a.rs",
        "git status",
        "git status --short --branch",
        "git status -sb -uno -- src",
        "git status --porcelain=v2",
        "git --no-pager log --oneline -5",
        "git log -n 3 --stat --since=yesterday",
        "git log --format=%h%x09%s%an",
        "git log -Sneedle -p -- src/a.rs",
        "git log -L10,20:src/a.rs --no-ext-diff",
        "git diff",
        "git diff --cached --name-only",
        "git diff -U10 HEAD~2 -- a.rs",
        "git diff -M90% --no-textconv main...feature",
        "git show HEAD:src/a.rs",
        "git show --stat HEAD",
        "git -C /w show HEAD",
        "git -C inner status",
        "git -C .. status",
        "git -C /second --no-pager diff",
        "git branch",
        "git branch -a -vv",
        "git branch --show-current",
        "git branch --list feature/*",
        "git branch --contains HEAD~3",
        "git branch --merged main",
        "git branch -r --sort=-committerdate",
    ] {
        check_argv(line, true, "reads only");
    }
}

#[test]
fn commands_that_do_more_are_not_safe() {
    for (line, why) in [
        ("", "no program"),
        ("rm a", "not on the list"),
        ("cargo check", "runs build scripts"),
        ("./cat a", "a program of the workspace"),
        ("/tmp/cat a", "a program somewhere"),
        ("/bin/cat a", "not a bare name"),
        ("bin/ls", "a program of the workspace"),
        ("CAT a", "another program"),
        ("A=b cat a", "not a shell, and an assignment in one"),
        ("env cat a", "starts programs"),
        ("xargs cat", "starts programs"),
        ("sudo cat a", "starts programs"),
        ("time ls", "starts programs"),
        ("tee a", "writes"),
        ("cat /home/jo/.ssh/id_ed25519", "a key"),
        ("grep -r token /home/jo/.aws", "keys"),
        ("tail -f log", "never ends"),
        ("tail -F log", "never ends"),
        ("tail -fn5 log", "never ends"),
        ("tail -n5 -qf log", "never ends"),
        ("tail -5f log", "never ends"),
        ("tail +5f log", "never ends"),
        ("tail --follow log", "never ends"),
        ("tail --follow=name log", "never ends"),
        ("tail --fol log", "never ends, abbreviated"),
        ("tail --f log", "never ends, abbreviated"),
        ("tail --retry log", "waits"),
        ("tail -- -f", "perhaps an option"),
        ("rg --pre cat x", "runs a program"),
        ("rg --pre=./evil x", "runs a program"),
        ("rg --hostname-bin=./evil x", "runs a program"),
        ("rg --hostname-bin ./evil x", "runs a program"),
        ("rg --hostname x", "perhaps an abbreviation"),
        ("rg -z x", "runs decompressors"),
        ("rg -lz x", "runs decompressors"),
        ("rg -inz x", "runs decompressors"),
        ("rg --search-zip x", "runs decompressors"),
        ("rg --search-z x", "perhaps an abbreviation"),
        ("rg -e -- -z", "the value of -e is --"),
        ("find . -exec rm {} ;", "runs a program"),
        ("find . -execdir rm {} +", "runs a program"),
        ("find . -ok rm {} ;", "runs a program"),
        ("find . -okdir rm {} ;", "runs a program"),
        ("find . -delete", "deletes"),
        ("find . -name x -delete", "deletes"),
        ("find . -fls out", "writes"),
        ("find . -fprint out", "writes"),
        ("find . -fprint0 out", "writes"),
        ("find . -fprintf out %p", "writes"),
        ("sed 5p a", "only the one form"),
        ("sed -n 5p", "no file"),
        ("sed -n 5p a b", "several files"),
        ("sed -i -n 5p a", "writes"),
        ("sed -n -i 5p", "writes"),
        ("sed -n 5w a", "writes"),
        ("sed -n 1,5p;w a", "writes"),
        ("sed -n 1e a", "runs a program"),
        ("sed -n 1,5p -i", "an option for a file"),
        ("sed -n p a", "no line"),
        ("sed -n ,5p a", "no line"),
        ("sed -n /x/p a", "only numbers"),
        ("sed -ne 5p a", "only the one form"),
        ("git", "nothing"),
        ("git commit -m x", "writes"),
        ("git checkout .", "writes"),
        ("git fetch", "the network"),
        ("git grep -O x", "opens a pager"),
        ("git stash list", "not on the list"),
        ("git -c core.fsmonitor=./evil status", "runs a program"),
        ("git -ccore.pager=./evil log", "runs a program"),
        ("git --config-env=core.fsmonitor=X status", "runs a program"),
        ("git --exec-path=. status", "other programs"),
        ("git --exec-path . status", "other programs"),
        ("git --git-dir=/tmp/evil status", "another configuration"),
        ("git --git-dir /tmp/evil status", "another configuration"),
        ("git --work-tree=/tmp status", "another directory"),
        ("git --bare log", "another configuration"),
        ("git -p log", "a pager"),
        ("git --paginate log", "a pager"),
        ("git -C /tmp status", "outside the workspace"),
        ("git -C ../.. status", "outside the workspace"),
        ("git -C link/.. status", "the link may lead anywhere"),
        ("git -C /w -C /tmp status", "outside the workspace"),
        ("git -C", "nothing"),
        ("git -C/w status", "not how git spells it"),
        ("git log --output=x", "writes"),
        ("git log --output x", "writes"),
        ("git log --outp=x", "writes, abbreviated"),
        ("git log --o=x", "writes, abbreviated"),
        ("git log --author --output=x", "an option, whoever takes it"),
        ("git log -- --output=x", "perhaps an option"),
        ("git log --ext-diff -p", "runs a program"),
        ("git log --ext -p", "runs a program, abbreviated"),
        ("git log --show-signature", "runs gpg"),
        ("git log --format=%G?", "runs gpg"),
        ("git log --format=%h%+GS", "runs gpg"),
        ("git log --pretty=tformat:%GK", "runs gpg"),
        ("git log -Oorder", "not on the list"),
        ("git log --help", "opens a manual"),
        ("git log --remerge-diff", "writes objects"),
        ("git diff --ext-diff", "runs a program"),
        ("git diff --textconv", "runs a program"),
        ("git diff --text-conv", "not on the list"),
        ("git diff --output=/tmp/x HEAD", "writes"),
        ("git diff --submodule=diff", "another configuration"),
        ("git show --output=x", "writes"),
        ("git show --textconv HEAD:a", "runs a program"),
        ("git status --renormalize", "not on the list"),
        ("git branch new", "creates"),
        ("git branch -- new", "creates"),
        ("git branch -v new", "creates"),
        ("git branch -l new", "created in old versions"),
        ("git branch --abbrev 7", "creates 7"),
        ("git branch --sort --list new", "--list is a value here"),
        ("git branch --format --list new", "--list is a value here"),
        ("git branch --show-current new", "perhaps creates"),
        ("git branch -D old", "deletes"),
        ("git branch -d old", "deletes"),
        ("git branch -rd origin/old", "deletes"),
        ("git branch --delete old", "deletes"),
        ("git branch --del old", "deletes, abbreviated"),
        ("git branch -m new", "renames"),
        ("git branch -M new", "renames"),
        ("git branch -c a b", "copies"),
        ("git branch -f main HEAD~1", "moves"),
        ("git branch -u origin/main", "writes the configuration"),
        ("git branch --unset-upstream", "writes the configuration"),
        ("git branch --set-upstream-to=origin/main", "writes the configuration"),
        ("git branch --edit-description", "opens an editor"),
        ("git branch --list --edit-description", "opens an editor"),
        ("git branch --list --no-list new", "creates"),
        ("git branch --format=%(signature) --list", "runs gpg"),
        ("bash script.sh", "runs a file"),
        ("bash -lc", "no script"),
        ("bash -x -c ls", "not exactly three words"),
        ("zsh -c ls", "another language"),
        ("/bin/bash -c ls", "not a bare name"),
        ("bash -ic ls", "reads what an interactive shell reads"),
    ] {
        check_argv(line, false, why);
    }
    assert!(!safe_in("/home/jo/.ssh", &["cat", "id_ed25519"]), "a key");
    assert!(!safe_in("/w", &[]));
    assert!(!safe_in("/w", &["cat", "a\0b"]));
    assert!(!safe_in("/w", &["bash", "-c", "ls", "ls"]), "more than three words");
}

#[test]
fn git_is_safe_only_in_the_workspace() {
    for (cwd, expected) in [
        ("/w", true),
        ("/w/a/b", true),
        ("/second", true),
        ("/", false),
        ("/wide", false),
        ("/tmp/evil", false),
        ("/w/../tmp/evil", false),
        ("relative", false),
    ] {
        assert_eq!(safe_in(cwd, &["git", "status"]), expected, "{cwd}");
    }
}

#[test]
fn plain_scripts_are_safe() {
    for script in [
        "ls",
        "  ls -la\n",
        "cat a.rs | head -n 5",
        "cat a && cat b || echo no; ls",
        "ls\npwd\n",
        "ls;",
        "grep -n 'fn main' src/*.rs",
        "grep -n \"two words\" a | wc -l",
        "rg 'a|b' && rg \"c\\\"d\"",
        "find . -name '*.rs' -not -path './target/*' | head -20",
        "find . -name \\*.rs",
        "find src/*.d -type f",
        "sed -n '1,5p' a.rs",
        "sed -n 1,5p a.rs && sed -n \"6,7p\" a.rs",
        "cd src && ls",
        "cd .. && git log --oneline",
        "cd /second; git status",
        "cat *",
        "ls [a-z]?.txt",
        "git log -3 --format='%h %s'",
        "git diff HEAD~1 -- src/a.rs",
        "echo 'a'\"b\"c",
        "echo '$HOME `x` > y'",
        "echo \"\\$HOME \\`x\\`\"",
        "ls ~/projects",
        "cat a |\n wc",
        "cat naïve.txt",
    ] {
        check_script(script, true, "plain words");
    }
}

#[test]
fn other_scripts_are_not_safe() {
    for (script, why) in [
        ("", "nothing"),
        (" \n", "nothing"),
        ("rm a", "not on the list"),
        ("ls; rm a", "the second one"),
        ("ls && rm a", "the second one"),
        ("ls || rm a", "the second one"),
        ("ls | tee a", "the second one"),
        ("ls\nrm a", "the second one"),
        ("ls > a", "a redirection"),
        ("ls >> a", "a redirection"),
        ("ls >| a", "a redirection"),
        ("ls &> a", "a redirection"),
        ("ls 2>/dev/null", "a redirection"),
        ("> a", "a redirection alone"),
        ("cat < a", "a redirection"),
        ("cat <<EOF\nx\nEOF", "a here document"),
        ("cat <<< x", "a here string"),
        ("cat <(ls)", "a process"),
        ("ls &", "in the background"),
        ("ls & pwd", "in the background"),
        ("ls |& cat", "joins other streams"),
        ("echo $HOME", "a variable"),
        ("echo ${HOME}", "a variable"),
        ("echo \"$HOME\"", "a variable"),
        ("echo \"a $(rm b)\"", "a substitution"),
        ("echo $(rm a)", "a substitution"),
        ("echo `rm a`", "a substitution"),
        ("echo \"`rm a`\"", "a substitution"),
        ("echo a$(rm b)", "a substitution"),
        ("echo $((1+1))", "computed"),
        ("echo $'a'", "another quoting"),
        ("echo $\"a\"", "another quoting"),
        ("A=b", "an assignment"),
        ("A=b ls", "an assignment"),
        ("PATH=. ls", "another program"),
        ("export A=b", "an assignment"),
        ("(ls)", "a subshell"),
        ("{ ls; }", "a group"),
        ("! ls", "a negation"),
        ("if ls; then ls; fi", "a condition"),
        ("for a in b; do ls; done", "a loop"),
        ("while ls; do ls; done", "a loop"),
        ("f() { ls; }", "a function"),
        ("ls() { rm a; }; ls", "a function"),
        ("[ -f a ] && ls", "a test"),
        ("[[ -f a ]] && ls", "a test"),
        ("case a in a) ls;; esac", "a case"),
        ("eval ls", "not on the list"),
        ("exec ls", "not on the list"),
        ("source a", "not on the list"),
        (". a", "not on the list"),
        ("alias ls=rm", "not on the list"),
        ("./ls", "a program of the workspace"),
        ("l?", "a pattern for a program"),
        ("~/ls", "a pattern for a program"),
        ("'rm' a", "quotes change nothing"),
        ("\\rm a", "escapes change nothing"),
        ("r''m a", "quotes change nothing"),
        ("find . -ex'ec' rm x", "quotes change nothing"),
        ("find . \\-delete", "escapes change nothing"),
        ("find . \"-delete\"", "quotes change nothing"),
        ("find . -{delete,x}", "braces"),
        ("echo {a,b}", "braces"),
        ("find *", "a file may be called -delete"),
        ("find . ?delete", "a file may be called -delete"),
        ("find . [-]delete", "a file may be called -delete"),
        ("rg x *", "a file may be called --pre=x"),
        ("rg x --pr*", "a file may be called --pre=x"),
        ("git log --format=*", "a file may be called --format=%G?"),
        ("git diff *", "a file may be called --output=x"),
        ("tail *", "a file may be called -f"),
        ("sed -n 1p *", "several files"),
        ("sed -n 1,5p a > b", "a redirection"),
        ("sed -i 's/a/b/' c", "writes"),
        ("cat ~/.ssh/id_rsa", "a key"),
        ("cd /tmp && git status", "outside the workspace"),
        ("cd /tmp; git status", "outside the workspace"),
        ("cd ../.. && git status", "outside the workspace"),
        ("cd a/.. && git status", "the link may lead anywhere"),
        ("cd && git status", "home"),
        ("cd - && git status", "who knows"),
        ("cd ~ && git status", "home"),
        ("cd s* && git status", "who knows"),
        ("cd -P x && git status", "who knows"),
        ("cd .. && cd .. && git status", "outside the workspace"),
        ("cd x && cd ../.. && git log", "outside when the first fails"),
        ("git -C ~ status", "home"),
        ("ls # rm", "a comment"),
        ("ls \\\n-la", "a continued line"),
        ("ls\rrm a", "a control character"),
        ("ls \u{a0}x", "a space that is none"),
        ("cat a\\ b c\\", "unfinished"),
        ("echo 'a", "does not parse"),
        ("ls |", "does not parse"),
        ("ls && ", "does not parse"),
        ("ls | ls | ls\nrm a && ls", "tree-sitter-bash 0.25 takes rm for an argument"),
        ("ls ;; ls", "does not parse in bash"),
    ] {
        check_script(script, false, why);
    }
    assert!(!safe_in("/w", &["bash", "-c", &"ls;".repeat(5000)]), "too long to judge");
}

fn plain_script() -> impl Strategy<Value = String> {
    let command = prop::sample::select(vec![
        "ls -la",
        "cat a",
        "echo 'x y'",
        "git status",
        "rg \"a b\" src",
        "pwd",
        "find . -name a",
    ]);
    let joint = prop::sample::select(vec![" | ", " && ", " || ", "; "]);
    (command.clone(), prop::collection::vec((joint, command), 0..5)).prop_map(|(first, rest)| {
        rest.into_iter().fold(first.to_owned(), |script, (joint, command)| script + joint + command)
    })
}

proptest! {
    #[test]
    fn any_command_gets_an_answer(command in prop::collection::vec(".{0,40}", 0..5), cwd in ".{0,20}") {
        let _ = is_known_safe(&command, Path::new(&cwd), &[PathBuf::from("/w")]);
    }

    #[test]
    fn any_script_gets_an_answer(script in "([ a-z'\"$`\\\\(){}<>|&;*?#=\n-]|rm|cat|git){0,60}") {
        let _ = is_known_safe(&argv(&["bash", "-lc", &script]), Path::new("/w"), &[PathBuf::from("/w")]);
    }

    #[test]
    fn an_addition_that_does_more_is_noticed(
        script in plain_script(),
        addition in prop::sample::select(vec![
            "; rm x", " && rm x", " || rm x", " | rm x", "\nrm x", " > f", " >> f", " 2>f", " $(x)",
            "$(x)", " `x`", "`x`", " \"$(x)\"", " &", " & rm x", " $x", " <f", " <<E\nE\n", " {a,b}",
        ]),
    ) {
        prop_assert!(safe_in("/w", &["bash", "-lc", &script]), "{}", script);
        let more = script + addition;
        prop_assert!(!safe_in("/w", &["bash", "-lc", &more]), "{}", more);
    }
}
