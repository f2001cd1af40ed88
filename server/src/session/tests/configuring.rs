//! `configure_session` at every moment.

use expect_test::expect;

use super::*;

#[tokio::test]
async fn the_last_configuration_counts_and_every_other_is_told() {
    let mut session = Session::start([saying("hi")]).await;
    session.configure("1", "a");
    session.configure("2", "b");
    session.say("3", "go");
    expect![[r#"
        1: background another configuration has taken the place of this one
        2: background model b of test, because model_provider is `test`
        2: configured b
        3: started
        3: delta hi
        3: says hi
        3: complete"#]]
    .assert_eq(&session.until("3: complete").await);
    assert_eq!(session.models(), ["b"]);
}

#[tokio::test]
async fn what_was_said_before_a_model_was_found_outlives_another_configuration() {
    let mut session = Session::start([saying("hi"), saying("you")]).await;
    session.configure("1", "a");
    session.say("2", "go");
    session.say("3", "and this");
    session.configure("4", "b");
    let events = session.until("2: complete").await;
    assert!(events.contains("4: configured b\n2: started"), "{events}");
    assert!(session.server.asked()[0].body.to_string().contains("go"));
    session.until("3: complete").await;
}

#[tokio::test]
async fn what_was_said_to_the_task_that_is_ended_goes_to_the_new_model() {
    let mut session = Session::start([Reply::Silent(piece("hm")), saying("hi")]).await;
    session.configure("1", "a");
    session.say("2", "go");
    session.until("2: delta hm").await;
    session.say("3", "and this");
    session.configure("4", "b");
    let events = session.until("3: complete").await;
    expect![[r#"
        2: says hm
        2: complete
        4: background model b of test, because model_provider is `test`
        4: configured b
        3: started
        3: delta hi
        3: says hi
        3: complete"#]]
    .assert_eq(&events);
    assert_eq!(session.models(), ["a", "b"]);
}
