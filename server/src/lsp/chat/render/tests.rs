//! The Markdown that the events of a task make.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use tiro_protocol::{FileChange, PlanItem, PlanStatus};

use super::*;

#[track_caller]
fn check(events: &[EventMsg], expected: &Expect) -> Answer {
    let mut answer = Answer::new("/w".into());
    let mut text = answer.heading();
    for event in events {
        text += &answer.event(event);
    }
    text += &answer.end();
    expected.assert_eq(&format!("{}\n", text.trim_start()));
    answer
}

fn delta(delta: &str) -> EventMsg {
    EventMsg::AgentMessageDelta { delta: delta.to_owned() }
}

fn message(message: &str) -> EventMsg {
    EventMsg::AgentMessage { message: message.to_owned() }
}

fn background() -> EventMsg {
    EventMsg::BackgroundEvent { message: "again in 1 s".to_owned() }
}

fn begin(call_id: &str) -> EventMsg {
    EventMsg::ExecCommandBegin {
        call_id: call_id.to_owned(),
        command: vec!["ls".to_owned()],
        cwd: "/w/src".into(),
    }
}

fn end(call_id: &str) -> EventMsg {
    EventMsg::ExecCommandEnd {
        call_id: call_id.to_owned(),
        stdout: "a.rs\n".to_owned(),
        stderr: String::new(),
        exit_code: 0,
        denial: None,
    }
}

fn changes() -> BTreeMap<PathBuf, FileChange> {
    BTreeMap::from([("/w/a".into(), FileChange::Add { content: "x\n".to_owned() })])
}

#[test]
fn a_whole_task_reads_as_markdown() {
    let plan = vec![PlanItem { step: "look".to_owned(), status: PlanStatus::InProgress }];
    let command = vec!["touch".to_owned(), "b".to_owned()];
    let mut answer = check(
        &[
            EventMsg::TaskStarted,
            delta("I lo"),
            delta("ok."),
            message("I look."),
            EventMsg::PlanUpdate { explanation: None, plan },
            begin("c1"),
            end("c1"),
            EventMsg::ExecApprovalRequest {
                call_id: Some("c2".to_owned()),
                command,
                cwd: "/w".into(),
                reason: Some("it writes".to_owned()),
                permissions: Vec::new(),
                unsandboxed: false,
            },
            EventMsg::ApplyPatchApprovalRequest {
                call_id: Some("p1".to_owned()),
                changes: changes(),
                reason: None,
                grant_root: None,
            },
            EventMsg::PatchApplyBegin {
                call_id: "p1".to_owned(),
                auto_approved: false,
                changes: changes(),
            },
            EventMsg::PatchApplyEnd {
                call_id: "p1".to_owned(),
                stdout: String::new(),
                stderr: String::new(),
                success: true,
            },
            EventMsg::Error { message: "the model is gone\ntry again".to_owned() },
            delta("Done"),
        ],
        &expect![[r#"
            ## Tiro

            I look.

            **Plan**

            - [ ] look (now)

            ```console c1
            $ ls  # in src
            a.rs
            [exit code 0]
            ```

            > **Waiting for you:** Run `touch b` in /w? it writes
            > Answer in the dialog; where it is gone, with a code action here or with the commands `tiro.approve` and `tiro.deny`.

            ```diff p1
            --- /dev/null
            +++ a
            +x
            ```

            > **Waiting for you:** Apply changes to /w/a (new)?
            > Answer in the dialog; where it is gone, with a code action here or with the commands `tiro.approve` and `tiro.deny`.

            *Applied.*

            > **Error:** the model is gone
            > try again

            Done
        "#]],
    );
    let kept: Vec<String> = answer.take_kept().into_iter().map(|(id, _)| id).collect();
    assert_eq!(kept, ["c1", "p1"]);
}

#[test]
fn a_message_is_shown_once_whether_it_came_in_pieces_or_not() {
    check(
        &[message("one"), message("two")],
        &expect![[r#"
        ## Tiro

        one

        two
    "#]],
    );
    check(
        &[delta("\n"), delta("on"), message("one\n"), delta("two")],
        &expect![[r#"
        ## Tiro

        one

        two
    "#]],
    );
}

#[test]
fn what_was_said_before_a_retry_stays_and_the_rest_begins_anew() {
    check(
        &[delta("on"), background(), delta("one"), message("one")],
        &expect![[r#"
        ## Tiro

        on

        one
    "#]],
    );
    check(
        &[delta("on"), delta("E"), message("one")],
        &expect![[r#"
        ## Tiro

        onE

        one
    "#]],
    );
}

#[test]
fn a_message_goes_on_below_what_the_person_said_between() {
    let mut answer = Answer::new("/w".into());
    let mut text = answer.heading();
    text += &answer.event(&delta("one, "));
    text += &answer.heading();
    text += &answer.event(&delta(" "));
    text += &answer.event(&delta("two"));
    text += &answer.event(&message("one,  two"));
    text += &answer.event(&delta("three"));
    text += &answer.block("aside");
    text += &answer.event(&message("three"));
    assert_eq!(text, "\n\n## Tiro\n\none, \n\n## Tiro\n\ntwo\n\nthree\n\naside");
}

#[test]
fn code_that_a_message_leaves_open_does_not_take_in_a_command() {
    check(
        &[delta("```sh\nls"), begin("c1"), end("c1")],
        &expect![[r#"
        ## Tiro

        ```sh
        ls
        ```

        ```console c1
        $ ls  # in src
        a.rs
        [exit code 0]
        ```
    "#]],
    );
}

#[test]
fn a_refused_patch_says_why() {
    let end = EventMsg::PatchApplyEnd {
        call_id: "p1".to_owned(),
        stdout: String::new(),
        stderr: "a.rs changed in the meantime\n".to_owned(),
        success: false,
    };
    check(
        &[end],
        &expect![[r#"
        ## Tiro

        > **Not applied:** a.rs changed in the meantime
    "#]],
    );
}
