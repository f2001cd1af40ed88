//! What is said while a session is being resumed is said to that one, or to none.

use expect_test::expect;

use super::*;

#[tokio::test]
async fn what_is_said_to_a_session_that_cannot_be_resumed_is_said_to_none() {
    let mut session = Session::start([saying("hello")]).await;
    session.configure("1", "m");
    session.until("1: configured m").await;
    session.resume("2", "unknown");
    session.say("3", "for that one");
    let until = "2: error there is no session \"unknown\"; list_sessions says which there are";
    expect![[r#"
        3: error this was not asked, as the session that it is for could not be resumed
        2: error there is no session "unknown"; list_sessions says which there are"#]]
    .assert_eq(&session.until(until).await);
    session.say("4", "hi");
    session.until("4: complete").await;
    assert_eq!(session.models(), ["m"]);
}
