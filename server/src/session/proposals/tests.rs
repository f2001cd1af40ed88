//! Proposals as they are decided on while the person types.

use std::{collections::BTreeMap, path::PathBuf};

use expect_test::{Expect, expect};
use proptest::prelude::*;
use tiro_protocol::{HunkState, PatchSelection};

use super::*;
use crate::{
    patch::{Change, FileUpdate},
    workspace::{FileText, ReadError},
};

const BASE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

fn update(path: &str, base: &str, result: &str, to: Option<&str>) -> FileUpdate {
    let change = Change::update(base.into(), result.to_owned(), to.map(PathBuf::from));
    FileUpdate::new(path.into(), change)
}

/// Three hunks in one file.
fn three() -> Proposal {
    let result = BASE.replace('2', "two").replace('5', "five").replace('8', "eight");
    Proposal::new("p".into(), &[update("/w/a", BASE, &result, None)], &|_| None)
}

fn follow(proposal: &mut Proposal, text: Option<&str>) -> bool {
    proposal.follow(&|path| match text {
        Some(text) => Ok(FileText { text: text.into(), version: Some(2), unsaved: true }),
        None => Err(ReadError::NotFound(path.into())),
    })
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn states(proposal: &Proposal) -> Vec<(String, usize, HunkState)> {
    let shown = wire::shown(proposal, true);
    let hunks = shown.files.into_iter().flat_map(|file| file.hunks);
    hunks.map(|hunk| (hunk.id, hunk.orig_index, hunk.state)).collect()
}

/// The text that comes of what is accepted.
fn made(proposal: &Proposal) -> Option<String> {
    proposal.updates().into_iter().find_map(|update| match update.change {
        Change::Update { result, .. } => Some(result.to_string()),
        Change::Add { content } => Some(content),
        Change::Delete { .. } => None,
    })
}

#[test]
fn what_is_selected_is_made() {
    for (approve, reject, result) in [
        (Some(ids(&["h1", "h3"])), vec![], "1\ntwo\n3\n4\n5\n6\n7\neight\n9\n"),
        (None, ids(&["h1", "h3"]), "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
        (None, vec![], "1\ntwo\n3\n4\nfive\n6\n7\neight\n9\n"),
    ] {
        let mut proposal = three();
        let selection = PatchSelection { approve, reject, amend: BTreeMap::new() };
        assert_eq!(proposal.check(&selection), Ok(()));
        proposal.select(Some(&selection));
        assert_eq!(made(&proposal).as_deref(), Some(result));
    }
    let mut none = three();
    none.select(Some(&PatchSelection { approve: Some(vec![]), ..Default::default() }));
    assert!(none.is_rejected() && none.is_decided() && none.updates().is_empty());
}

#[test]
fn what_was_fitted_is_made_as_it_was_and_only_of_its_own_text() {
    let result = BASE.replace('2', "two").replace('5', "five").replace('8', "eight");
    let mut proposal = three();
    proposal.select(None);
    assert_eq!(proposal.updates(), [update("/w/a", BASE, &result, None)]);
    // The person types a line and takes it back.
    let typed = |text: &str| format!("0\n{text}");
    for (now, made) in [(typed(BASE), typed(&result)), (BASE.to_owned(), result.clone())] {
        follow(&mut proposal, Some(&now));
        assert_eq!(proposal.updates(), [update("/w/a", &now, &made, None)]);
    }
    let mut proposal = three();
    proposal.select(Some(&PatchSelection { reject: ids(&["h2"]), ..Default::default() }));
    let made = BASE.replace('2', "two").replace('8', "eight");
    assert_eq!(proposal.updates(), [update("/w/a", BASE, &made, None)]);
}

#[test]
fn a_selection_that_makes_no_sense_is_named() {
    fn check(selection: &PatchSelection, error: &Expect) {
        error.assert_eq(&three().check(selection).unwrap_err());
    }
    let selection = PatchSelection { approve: Some(ids(&["h1", "h9"])), ..Default::default() };
    check(&selection, &expect![[r#"the proposal "p" has no hunk "h9""#]]);
    let selection = PatchSelection { reject: ids(&["x"]), ..Default::default() };
    check(&selection, &expect![[r#"the proposal "p" has no hunk "x""#]]);
    let (approve, reject) = (Some(ids(&["h1"])), ids(&["h1"]));
    let both = PatchSelection { approve, reject, ..Default::default() };
    check(&both, &expect![[r#"the hunk "h1" is both approved and rejected"#]]);
    let amend = BTreeMap::from([("/w/b".into(), String::new())]);
    check(
        &PatchSelection { amend, ..Default::default() },
        &expect![[r#"the proposal "p" does not change /w/b, so it cannot be amended there"#]],
    );
}

#[test]
fn an_amended_text_is_what_is_made_and_the_model_sees_the_difference() {
    let mut proposal = three();
    let amend = BTreeMap::from([("/w/a".into(), BASE.replace('2', "zwei"))]);
    proposal.select(Some(&PatchSelection { amend, ..Default::default() }));
    expect![[r"
        /w/a: the person wrote another text than the proposed one:
          @@ -1,9 +1,9 @@
           1
          -two
          +zwei
           3
           4
          -five
          +5
           6
           7
          -eight
          +8
           9
    "]]
    .assert_eq(&proposal.told());
    // The person types on before it is applied.
    follow(&mut proposal, Some(&format!("0\n{BASE}")));
    assert_eq!(made(&proposal).unwrap(), format!("0\n{}", BASE.replace('2', "zwei")));
}

#[test]
fn hunks_move_with_the_text_and_conflict_where_it_changed() {
    let mut proposal = three();
    assert!(!follow(&mut proposal, Some(BASE)));
    assert!(follow(&mut proposal, Some(&format!("new\n{}", BASE.replace('5', "FIVE")))));
    let state = |id: &str, line, state| (id.to_owned(), line, state);
    assert_eq!(
        states(&proposal),
        [
            state("h1", 3, HunkState::Pending),
            state("h2", 6, HunkState::Conflict),
            state("h3", 9, HunkState::Pending),
        ]
    );
    assert!(proposal.check_hunks(&ids(&["h2"]), true).unwrap_err().contains("/w/a"));
    assert_eq!(proposal.check_hunks(&ids(&["h2"]), false), Ok(()));
    proposal.select(None);
    assert_eq!(made(&proposal).unwrap(), "new\n1\ntwo\n3\n4\nFIVE\n6\n7\neight\n9\n");
    expect![[r"
        /w/a: applied h1, h3
        /w/a: h2 was not applied, because the same lines were changed meanwhile; it is kept as a proposal, and the person decides:
          @@ line 6 @@
          -5
          +five
        from line 6 on there stands now:
          FIVE
    "]]
    .assert_eq(&proposal.told());

    proposal.made(&proposal.updates());
    let mut left = proposal.left_over().expect("a conflict");
    assert_eq!(states(&left), [state("h2", 6, HunkState::Conflict)]);
    // The person takes it back, and accepts.
    assert!(follow(&mut left, Some("new\n1\ntwo\n3\n4\n5\n6\n7\neight\n9\n")));
    assert_eq!(states(&left), [state("h2", 6, HunkState::Pending)]);
    let only = left.only(&ids(&["h2"]));
    assert_eq!(made(&only).unwrap(), "new\n1\ntwo\n3\n4\nfive\n6\n7\neight\n9\n");
    left.decide(&ids(&["h2"]), true);
    assert!(left.is_decided());
}

#[test]
fn a_file_that_is_gone_or_there_already_is_a_conflict_as_a_whole() {
    let mut proposal = three();
    assert!(follow(&mut proposal, None));
    assert!(states(&proposal).iter().all(|(.., state)| *state == HunkState::Conflict));
    proposal.select(None);
    assert!(proposal.updates().is_empty());
    let mut left = proposal.left_over().expect("all of it");
    assert!(follow(&mut left, Some(BASE)), "it is back");
    assert!(states(&left).iter().all(|(.., state)| *state == HunkState::Pending));

    let add = FileUpdate::new("/w/n".into(), Change::Add { content: "n\n".into() });
    let delete = FileUpdate::new("/w/d".into(), Change::Delete { base: "d\n".into() });
    let mut proposal = Proposal::new("p".into(), &[add, delete], &|_| None);
    follow(&mut proposal, Some("other\n"));
    assert!(states(&proposal).iter().all(|(.., state)| *state == HunkState::Conflict));
    proposal.select(None);
    assert!(proposal.updates().is_empty(), "neither overwritten nor deleted");
}

#[test]
fn a_file_moves_unless_all_its_hunks_are_rejected() {
    let update = update("/w/a", "1\n2\n3\n", "one\n2\nthree\n", Some("/w/b"));
    let mut proposal = Proposal::new("p".into(), &[update], &|_| None);
    proposal.decide(&ids(&["h1"]), false);
    proposal.select(None);
    assert_eq!(proposal.paths(), [PathBuf::from("/w/a"), PathBuf::from("/w/b")]);
    assert_eq!(made(&proposal).as_deref(), Some("1\n2\nthree\n"));
    proposal.decide(&ids(&["h2"]), false);
    assert!(proposal.updates().is_empty() && proposal.paths().is_empty());
}

#[test]
fn kept_proposals_are_capped_and_ids_stay_apart() {
    let mut proposals = Proposals::default();
    for _ in 0..KEPT {
        assert!(proposals.keep("1".into(), three()).is_none());
    }
    assert!(proposals.get("p").is_some() && proposals.get("p#2").is_some());
    assert_eq!(proposals.keep("1".into(), three()).expect("one gives way").proposal.id(), "p");
    assert!(proposals.ask("2".into(), three()).is_none(), "the name was free again");
    let mut earlier = Proposals::default();
    earlier.keep("1".into(), three());
    assert_eq!(earlier.ask("2".into(), three()).expect("renamed").proposal.id(), "p#2");
    assert_eq!(earlier.get("p").map(|entry| entry.stage), Some(Stage::Asked));
    assert_eq!(earlier.end_task().len(), 1);
}

/// What the person does to one line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Typed {
    Nothing,
    Replaced,
    Deleted,
    Before,
    After,
}

fn typed() -> impl Strategy<Value = Typed> {
    use Typed::{After, Before, Deleted, Nothing, Replaced};
    prop::sample::select(vec![Nothing, Nothing, Nothing, Replaced, Deleted, Before, After])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Every third line has a hunk; any of them is selected; the person does
    /// anything, in steps. What they changed themselves is theirs, the rest of
    /// what is selected is made, and nothing else happens.
    #[test]
    fn selections_and_typing_give_the_text_of_the_reference(
        lines in prop::collection::vec((typed(), any::<bool>()), 1..30),
        ending in prop::sample::select(vec!["\n", "\r\n"]),
        steps in 1usize..4,
    ) {
        let base: String = (0..lines.len()).map(|at| format!("line {at}{ending}")).collect();
        let proposed: String = (0..lines.len())
            .map(|at| if at % 3 == 0 { format!("new {at}{ending}") } else { format!("line {at}{ending}") })
            .collect();
        let mut proposal =
            Proposal::new("p".into(), &[update("/w/a", &base, &proposed, None)], &|_| None);
        let text = |upto: usize, with_hunks: bool| -> String {
            lines.iter().enumerate().map(|(at, (typed, wanted))| {
                let typed = if at < upto { *typed } else { Typed::Nothing };
                let free = !matches!(typed, Typed::Replaced | Typed::Deleted);
                let line = match typed {
                    Typed::Replaced => format!("typed {at}{ending}"),
                    Typed::Deleted => String::new(),
                    _ if with_hunks && *wanted && at % 3 == 0 && free => format!("new {at}{ending}"),
                    _ => format!("line {at}{ending}"),
                };
                let more = format!("more {at}{ending}");
                match typed {
                    Typed::Before => more + &line,
                    Typed::After => line + &more,
                    _ => line,
                }
            }).collect()
        };
        for step in 1..=steps {
            follow(&mut proposal, Some(&text(lines.len() * step / steps, false)));
        }
        let approve = (0..lines.len()).step_by(3).enumerate()
            .filter(|(_, at)| lines[*at].1)
            .map(|(number, _)| format!("h{}", number + 1))
            .collect();
        let selection = PatchSelection { approve: Some(approve), ..Default::default() };
        prop_assert_eq!(proposal.check(&selection), Ok(()));
        proposal.select(Some(&selection));
        let expected = text(lines.len(), true);
        let made = made(&proposal).unwrap_or_else(|| text(lines.len(), false));
        prop_assert_eq!(made, expected);
    }
}

#[test]
fn several_hunks_are_decided_together() {
    let mut proposal = three();
    proposal.decide(&ids(&["h1", "h3", "h3"]), true);
    assert!(!proposal.is_decided());
    proposal.decide(&ids(&["h2"]), false);
    assert!(proposal.is_decided());
    assert_eq!(made(&proposal).as_deref(), Some("1\ntwo\n3\n4\n5\n6\n7\neight\n9\n"));

    let mut proposals = Proposals::default();
    proposals.ask("1".into(), three());
    let check = |accept: &[&str], reject: &[&str]| {
        let of = |these: &[&str]| HunkIds::from([("p".to_owned(), ids(these))]);
        proposals.check_decisions(&of(accept), &of(reject))
    };
    assert_eq!(check(&["h1", "h1"], &["h2"]), Ok(()));
    assert_eq!(
        check(&["h1"], &["h2", "h1"]),
        Err(r#"the hunk "h1" of "p" is both accepted and rejected"#.into())
    );
    assert_eq!(check(&[], &[]), Err("no hunk is named, so there is nothing to decide".into()));
}

#[test]
fn what_is_left_over_was_not_made() {
    let mut proposal = three();
    proposal.select(None);
    follow(&mut proposal, Some(&BASE.replace('5', "FIVE")));
    let left = proposal.left_over().expect("one conflicts");
    assert_eq!(left.without(ids(&["h1", "h2", "h3"])), ids(&["h1", "h3"]));
}
