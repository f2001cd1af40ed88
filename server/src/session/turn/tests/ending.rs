//! How a task ends, and what a broken answer of the model comes to.

use expect_test::expect;
use tiro_protocol::AskForApproval;

use super::*;

#[test]
fn an_interrupt_answers_every_open_call() {
    check(
        AskForApproval::UnlessAllowListed,
        vec![
            text("let me"),
            shell("a", "ls"),
            shell("b", "make"),
            patch("p"),
            Input::Interrupt,
            interrupted("a"),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < text let me
              agent_message_delta
            < call a shell
              agent_message
              exec_command_begin a
              run a
            < call b shell
              ask about b
            < call p apply_patch
              fit p
            < interrupt
              stop model
              stop tools
            < a: the command was interrupted
              exec_command_end a
              record assistant let me
              record call a
              record call b
              record call p
              record result a: interrupted by the person before it ended
              record result b: interrupted by the person before it ended
              record result p: interrupted by the person before it ended
              task_complete
              finish"#]],
    );
}

#[test]
fn what_does_not_end_in_time_is_left_behind() {
    check(
        AskForApproval::OnFailure,
        vec![patch("p"), fits("p", "/w/a"), Input::Interrupt, Input::GiveUpWaiting, applied("p")],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call p apply_patch
              fit p
            < p fits
              start p
              patch_apply_begin p
            < interrupt
              stop model
              stop tools
            < time is over
              patch_apply_end p false
              record call p
              record result p: interrupted by the person before it ended
              task_complete
              finish
            < p applied"#]],
    );
}

#[test]
fn a_patch_that_never_began_does_not_end() {
    let inputs = || vec![patch("p"), fits("p", "/w/a"), Input::Interrupt];
    for last in [Input::GiveUpWaiting, does_not_apply("p")] {
        let mut inputs = inputs();
        inputs.push(last);
        let lines = play(AskForApproval::OnFailure, inputs, false);
        assert!(!lines.iter().any(|line| line.contains("patch_apply")), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("record result p: ")), "{lines:?}");
        assert!(lines.contains(&"  task_complete".to_owned()), "{lines:?}");
    }
}

#[test]
fn steering_is_said_at_the_next_call_or_left_for_the_next_task() {
    check(
        AskForApproval::OnFailure,
        vec![
            shell("a", "make"),
            steer("s1"),
            done(),
            exits("a", 0),
            steer("s2"),
            text("ok"),
            done(),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < steer s1
            < model done
            < a exits 0
              exec_command_end a
              record call a
              record result a: exit code 0 after 0.1 s
              record user
              ask model
            < steer s2
            < text ok
              agent_message_delta
            < model done
              agent_message
              record assistant ok
              task_complete
              finish
            left: s2"#]],
    );
}

#[test]
fn a_failed_model_ends_the_task_and_its_calls() {
    let error = ModelError { message: "401".into(), status: Some(401) };
    check(
        AskForApproval::OnFailure,
        vec![shell("a", "make"), Input::ModelFailed(error), interrupted("a")],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < model failed
              error: 401
              stop model
              stop tools
            < a: the command was interrupted
              exec_command_end a
              record call a
              record result a: interrupted by the person before it ended
              task_complete
              finish"#]],
    );
}

#[test]
fn a_retry_starts_the_answer_anew_unless_calls_have_run() {
    let retrying = || {
        Input::Model(ModelEvent::Retrying {
            reason: "the stream broke".into(),
            delay: Duration::from_millis(200),
        })
    };
    check(
        AskForApproval::OnFailure,
        vec![text("hal"), retrying(), text("hello"), done()],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < text hal
              agent_message_delta
            < retrying
              background_event
            < text hello
              agent_message_delta
            < model done
              agent_message
              record assistant hello
              task_complete
              finish"#]],
    );
    check(
        AskForApproval::OnFailure,
        vec![shell("a", "make"), retrying(), exits("a", 0)],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < retrying
              background_event
              stop model
            < a exits 0
              exec_command_end a
              record call a
              record result a: exit code 0 after 0.1 s
              ask model"#]],
    );
}

#[test]
fn a_panic_in_a_tool_is_an_answer() {
    let crash = Input::Crashed { call_id: "a".into(), message: "index out of bounds".into() };
    check(
        AskForApproval::OnFailure,
        vec![shell("a", "make"), done(), crash],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < call a shell
          exec_command_begin a
          run a
        < model done
        < a crashes
          error: an error inside tiro ended this call: index out of bounds
          exec_command_end a
          record call a
          record result a: error: an error inside tiro ended this call: index out of bounds
          ask model"#]],
    );
}

#[test]
fn silence_is_an_error() {
    check(
        AskForApproval::OnFailure,
        vec![done()],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < model done
          error: the model ended its answer without saying or doing anything; ask again, or choose another model
          task_complete
          finish"#]],
    );
}
