//! Calls of tools: what runs when, and what the model is told.

use expect_test::expect;
use tiro_protocol::AskForApproval;

use super::*;

#[test]
fn an_answer_without_a_call_ends_the_task() {
    check(
        AskForApproval::OnFailure,
        vec![text("hel"), text("lo"), done()],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < text hel
          agent_message_delta
        < text lo
          agent_message_delta
        < model done
          agent_message
          record assistant hello
          task_complete
          finish"#]],
    );
}

#[test]
fn a_call_is_run_at_once_and_its_result_goes_to_the_model() {
    check(
        AskForApproval::OnFailure,
        vec![shell("c", "make test"), done(), exits("c", 2), text("it fails"), done()],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call c shell
              exec_command_begin c
              run c
            < model done
            < c exits 2
              exec_command_end c
              record call c
              record result c: exit code 2 after 0.1 s
              ask model
            < text it fails
              agent_message_delta
            < model done
              agent_message
              record assistant it fails
              task_complete
              finish"#]],
    );
}

#[test]
fn a_writer_waits_for_what_is_before_it_and_holds_up_what_is_after() {
    check(
        AskForApproval::OnFailure,
        vec![
            read("r1"),
            patch("p"),
            read("r2"),
            fits("p", "/w/a"),
            returns("r1"),
            done(),
            applied("p"),
            returns("r2"),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call r1 read_file
              start r1
            < call p apply_patch
              fit p
            < call r2 read_file
            < p fits
            < r1 returns
              start p
              patch_apply_begin p
            < model done
            < p applied
              patch_apply_end p true
              start r2
            < r2 returns
              record call r1
              record call p
              record call r2
              record result r1: text
              record result p: changed: /w/a
              record result r2: text
              ask model"#]],
    );
}

#[test]
fn a_patch_that_builds_on_one_before_it_is_fitted_again() {
    check(
        AskForApproval::OnFailure,
        vec![
            patch("p1"),
            patch("p2"),
            fits("p1", "/w/a"),
            does_not_fit("p2"),
            applied("p1"),
            does_not_fit("p2"),
            done(),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call p1 apply_patch
              fit p1
            < call p2 apply_patch
              fit p2
            < p1 fits
              start p1
              patch_apply_begin p1
            < p2 does not fit
            < p1 applied
              patch_apply_end p1 true
              fit p2
            < p2 does not fit
            < model done
              record call p1
              record call p2
              record result p1: changed: /w/a
              record result p2: error: the patch was not applied: no such line
              ask model"#]],
    );
}

#[test]
fn calls_that_make_no_sense_are_answered() {
    check(
        AskForApproval::OnFailure,
        vec![
            call("a", "fly", &serde_json::json!({})),
            call("b", "shell", &serde_json::json!({"command": 3})),
            call("b", "update_plan", &serde_json::json!({"plan": []})),
            done(),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a fly
            < call b shell
            < call b update_plan
              plan_update
            < model done
              record call a
              record call b
              record call b#3
              record result a: error: there is no tool "fly"; the tools are shell, apply_patch, read_file, search, update_plan
              record result b: error: the arguments of shell do not fit: data did not match any variant of untagged enum Command at line 1 column 13; they have to be a JSON object of this schema: {"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},"description":"program and arguments"},"workdir":{"type":"string","description":"where it runs; the workspace root when absent"},"timeout_ms":{"type":"integer","description":"milliseconds until it is ended: what is configured (120000) when absent, 600000 at most"}},"required":["command"],"additionalProperties":false}
              record result b#3: the plan is shown
              ask model"#]],
    );
}
