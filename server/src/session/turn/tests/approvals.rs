//! What a person is asked, and what comes of the answer.

use expect_test::expect;
use tiro_protocol::AskForApproval;

use super::*;

#[test]
fn several_approvals_are_pending_together_and_answered_in_any_order() {
    check(
        AskForApproval::UnlessAllowListed,
        vec![
            shell("a", "make a"),
            shell("b", "make b"),
            done(),
            decide("b", ReviewDecision::Denied),
            decide("a", ReviewDecision::ApprovedForSession),
            exits("a", 0),
            shell("d", "make a"),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              ask about a
            < call b shell
              ask about b
            < model done
            < b Denied
            < a ApprovedForSession
              grant Command { command: ["make", "a"], cwd: "/w", unsandboxed: false }
              exec_command_begin a
              run a
            < a exits 0
              exec_command_end a
              record call a
              record call b
              record result a: exit code 0 after 0.1 s
              record result b: the person does not want this command to run; ask what to do instead or go another way
              ask model
            < call d shell
              exec_command_begin d
              run d"#]],
    );
}

#[test]
fn only_what_the_sandbox_stopped_is_escalated() {
    check(
        AskForApproval::OnFailure,
        vec![
            shell("a", "make"),
            done(),
            stopped("a"),
            decide("a", ReviewDecision::Approved),
            stopped("a"),
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
            < model done
            < a stopped by the sandbox
              exec_command_end a
              ask about a without sandbox: the sandbox stopped it; allow running without the sandbox and run it again? Nothing less would do; it can then write every file that you can, read your keys and reach the network
            < a Approved
              exec_command_begin a
              run a without sandbox
            < a stopped by the sandbox
              exec_command_end a
              record call a
              record result a: exit code 1 after 0.1 s
              ask model
            < text ok
              agent_message_delta
            < model done
              agent_message
              record assistant ok
              task_complete
              finish"#]],
    );
    check(
        AskForApproval::Never,
        vec![shell("a", "make"), done(), stopped("a")],
        &expect![[r#"
        < begin
          task_started
          record user
          ask model
        < call a shell
          exec_command_begin a
          run a
        < model done
        < a stopped by the sandbox
          exec_command_end a
          record call a
          record result a: exit code 1 after 0.1 s
          ask model"#]],
    );
}

#[test]
fn a_patch_outside_asks_and_the_root_is_granted() {
    check(
        AskForApproval::OnFailure,
        vec![
            patch("p"),
            fits("p", "/srv/x/a"),
            decide("p", ReviewDecision::ApprovedForSession),
            applied("p"),
            patch("q"),
            fits("q", "/srv/x/b"),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call p apply_patch
              fit p
            < p fits
              propose p
              ask about patch p Some("outside the folders that may be written: /srv/x/a") Some("/srv/x")
            < p ApprovedForSession
              grant Folder { path: "/srv/x" }
              start p
              patch_apply_begin p
            < p applied
              patch_apply_end p true
            < call q apply_patch
              fit q
            < q fits
              start q
              patch_apply_begin q"#]],
    );
    check(
        AskForApproval::Never,
        vec![patch("p"), fits("p", "/srv/x/a")],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call p apply_patch
              fit p
            < p fits
              background_event"#]],
    );
}

#[test]
fn abort_is_denied_and_interrupt() {
    check(
        AskForApproval::UnlessAllowListed,
        vec![shell("a", "make"), shell("b", "make"), decide("a", ReviewDecision::Abort)],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              ask about a
            < call b shell
              ask about b
            < a Abort
              stop model
              record call a
              record call b
              record result a: the person does not want this command to run; ask what to do instead or go another way
              record result b: interrupted by the person before it ended
              task_complete
              finish"#]],
    );
}

#[test]
fn just_what_was_stopped_is_asked_for_and_then_the_next_thing() {
    check(
        AskForApproval::OnFailure,
        vec![
            shell("a", "make"),
            done(),
            needs("a", folder("/srv/x")),
            decide("a", ReviewDecision::Approved),
            needs("a", Need::Network),
            decide("a", ReviewDecision::ApprovedForSession),
            needs("a", folder("/srv/y")),
            decide("a", ReviewDecision::Approved),
            needs("a", folder("/srv/z")),
            shell("b", "make install"),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < model done
            < a stopped by the sandbox
              exec_command_end a
              ask about a [DiskWriteFolder { folder: "/srv/x" }]: the sandbox stopped it; allow writing `/srv/x` and run it again?
            < a Approved
              exec_command_begin a
              run a +/srv/x
            < a stopped by the sandbox
              exec_command_end a
              ask about a [NetworkFullAccess]: the sandbox stopped it; allow the network and run it again?
            < a ApprovedForSession
              grant Network
              exec_command_begin a
              run a +/srv/x +network
            < a stopped by the sandbox
              exec_command_end a
              ask about a [DiskWriteFolder { folder: "/srv/y" }]: the sandbox stopped it; allow writing `/srv/y` and run it again?
            < a Approved
              exec_command_begin a
              run a +/srv/x +/srv/y +network
            < a stopped by the sandbox
              exec_command_end a
              record call a
              record result a: exit code 1 after 0.1 s
              ask model
            < call b shell
              exec_command_begin b
              run b +network"#]],
    );
}

#[test]
fn what_was_allowed_for_the_session_is_not_asked_about_again() {
    check(
        AskForApproval::OnFailure,
        vec![
            shell("a", "make"),
            done(),
            needs("a", folder("/srv/x")),
            decide("a", ReviewDecision::ApprovedForSession),
            exits("a", 0),
            shell("b", "make install"),
            done(),
            stopped("b"),
            decide("b", ReviewDecision::ApprovedForSession),
            exits("b", 0),
            shell("c", "make install"),
            shell("d", "make"),
        ],
        &expect![[r#"
            < begin
              task_started
              record user
              ask model
            < call a shell
              exec_command_begin a
              run a
            < model done
            < a stopped by the sandbox
              exec_command_end a
              ask about a [DiskWriteFolder { folder: "/srv/x" }]: the sandbox stopped it; allow writing `/srv/x` and run it again?
            < a ApprovedForSession
              grant Folder { path: "/srv/x" }
              exec_command_begin a
              run a +/srv/x
            < a exits 0
              exec_command_end a
              record call a
              record result a: exit code 0 after 0.1 s
              ask model
            < call b shell
              exec_command_begin b
              run b +/srv/x
            < model done
            < b stopped by the sandbox
              exec_command_end b
              ask about b without sandbox: the sandbox stopped it; allow running without the sandbox and run it again? Nothing less would do; it can then write every file that you can, read your keys and reach the network
            < b ApprovedForSession
              grant Command { command: ["make", "install"], cwd: "/w", unsandboxed: true }
              exec_command_begin b
              run b without sandbox
            < b exits 0
              exec_command_end b
              record call b
              record result b: exit code 0 after 0.1 s
              ask model
            < call c shell
              exec_command_begin c
              run c without sandbox
            < call d shell"#]],
    );
}
