//! What is known follows the events, and the session is configured anew only
//! between tasks.

use super::*;

fn event(id: &str, msg: EventMsg) -> Event {
    Event { id: id.to_owned(), msg }
}

fn configured(model: &str) -> Event {
    let (model, provider) = (model.to_owned(), Some("p".to_owned()));
    event("", EventMsg::SessionConfigured { model, provider, session_id: None })
}

fn settings() -> Settings {
    Settings {
        model: None,
        instructions: None,
        approval_policy: AskForApproval::OnFailure,
        sandbox_policy: SandboxPolicy::full_auto(),
        disable_response_storage: true,
        others: BTreeMap::new(),
        warnings: Vec::new(),
    }
}

fn model(name: &str) -> Wanted {
    Wanted { model: Some(name.to_owned()), ..Wanted::default() }
}

fn question(id: &str) -> Submission {
    Submission { id: id.to_owned(), op: Op::UserInput { items: Vec::new() } }
}

#[test]
fn another_model_keeps_the_policies_and_waits_for_the_end_of_the_task() {
    let know = Know::default();
    assert_eq!(know.want(model("b"), None, false), None, "nothing is known of a session");
    know.began(settings());
    know.observe(&configured("a"));
    assert_eq!(know.due(false), None);
    know.submits(&question("1"));
    assert_eq!(know.want(model("b"), None, false), Some("when the task has ended"));
    assert_eq!(know.due(false), None, "a question is about to become a task");
    know.observe(&event("1", EventMsg::TaskStarted));
    assert_eq!(know.due(true), None);
    know.observe(&event("1", EventMsg::TaskComplete));
    let expected = Op::ConfigureSession {
        model: "b".into(),
        instructions: None,
        approval_policy: AskForApproval::OnFailure,
        sandbox_policy: SandboxPolicy::full_auto(),
        disable_response_storage: true,
    };
    assert_eq!(know.due(false), Some(expected));
    assert_eq!(know.due(false), None, "once");
}

#[test]
fn policies_that_another_request_set_are_kept() {
    let know = Know::default();
    know.began(settings());
    let op = Op::ConfigureSession {
        model: "c".into(),
        instructions: None,
        approval_policy: AskForApproval::Never,
        sandbox_policy: SandboxPolicy::read_only(),
        disable_response_storage: false,
    };
    know.submits(&Submission { id: "1".into(), op });
    know.observe(&configured("c"));
    know.want(model("d"), None, false);
    let Some(Op::ConfigureSession { model, approval_policy, sandbox_policy, .. }) = know.due(false)
    else {
        panic!("nothing is due");
    };
    assert_eq!((model.as_str(), approval_policy), ("d", AskForApproval::Never));
    assert_eq!(sandbox_policy, SandboxPolicy::read_only());
}

#[test]
fn a_policy_waits_until_the_model_is_known() {
    let know = Know::default();
    know.began(settings());
    let wanted = Wanted { approval_policy: Some(AskForApproval::Never), ..Wanted::default() };
    assert_eq!(know.want(wanted, Some(settings()), false), Some("from now on"));
    assert_eq!(know.due(false), None);
    assert!(know.known().later);
    know.observe(&configured("a"));
    assert!(matches!(know.due(false), Some(Op::ConfigureSession { model, .. }) if model == "a"));
}

#[test]
fn a_question_that_was_refused_or_failed_holds_nothing_up() {
    let know = Know::default();
    know.began(settings());
    know.observe(&configured("a"));
    know.submits(&question("1"));
    know.submits(&question("2"));
    know.want(model("b"), None, false);
    know.refused("1");
    assert_eq!(know.due(false), None);
    know.observe(&event("2", EventMsg::Error { message: "no model".to_owned() }));
    assert!(know.due(false).is_some());
}

#[test]
fn a_list_goes_to_who_asked_for_it() {
    let know = Know::default();
    know.expects("7", Asked::Grants);
    let list = |id: &str| event(id, EventMsg::GrantList { grants: vec![Grant::Network] });
    assert_eq!(know.observe(&list("8")), None);
    assert_eq!(know.grants(), [Grant::Network]);
    assert_eq!(know.observe(&list("7")), Some(Asked::Grants));
    assert_eq!(know.observe(&list("7")), None);
}

#[test]
fn why_there_is_no_model_is_known_until_there_is_one() {
    let know = Know::default();
    know.observe(&event("", EventMsg::Error { message: "no provider".to_owned() }));
    assert_eq!(know.known().problem.as_deref(), Some("no provider"));
    know.observe(&configured("a"));
    let known = know.known();
    assert_eq!((known.problem, known.model.as_deref()), (None, Some("a")));
    assert_eq!(known.provider.as_deref(), Some("p"));
}
