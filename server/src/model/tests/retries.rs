//! The retry rules as tables.

use std::{fmt::Write as _, time::Duration};

use expect_test::expect;

use crate::{
    config::{ModelProvider, WireApi},
    model::{
        failure::{Class, Failure},
        retry::{Tries, backoff},
    },
};

fn provider() -> ModelProvider {
    ModelProvider {
        name: "p".into(),
        base_url: "http://127.0.0.1:1/v1".into(),
        env_key: None,
        wire_api: WireApi::Chat,
        request_max_retries: 4,
        stream_max_retries: 10,
        stream_idle_timeout: Duration::from_secs(300),
    }
}

fn failure(class: Class, retry_after: Option<u64>) -> Failure {
    Failure {
        class,
        reason: String::new(),
        status: None,
        retry_after: retry_after.map(Duration::from_secs),
    }
}

/// The delays until the provider is given up.
fn delays(class: Class, retry_after: Option<u64>) -> String {
    let mut tries = Tries::default();
    let mut shown = String::new();
    while let Some(delay) = tries.next_delay(&failure(class, retry_after), &provider(), 0.5) {
        write!(shown, "{} ", delay.as_millis()).unwrap();
    }
    shown
}

#[test]
fn requests_are_tried_four_times_more_and_streams_ten() {
    expect!["200 400 800 1600 "].assert_eq(&delays(Class::Request, None));
    expect!["200 400 800 1600 3200 6400 10000 10000 10000 10000 "]
        .assert_eq(&delays(Class::Stream, None));
    assert_eq!(delays(Class::Fatal, None), "");
}

#[test]
fn the_pause_that_the_provider_asks_for_is_kept() {
    expect!["7000 7000 7000 7000 "].assert_eq(&delays(Class::Request, Some(7)));
    assert_eq!(delays(Class::Request, Some(3600)), "");
}

#[test]
fn an_answered_request_starts_the_count_anew_but_broken_streams_add_up() {
    let mut tries = Tries::default();
    let mut next = |class| tries.next_delay(&failure(class, None), &provider(), 0.5);
    assert_eq!(next(Class::Request), Some(Duration::from_millis(200)));
    assert_eq!(next(Class::Stream), Some(Duration::from_millis(200)));
    tries.request_answered();
    let mut next = |class| tries.next_delay(&failure(class, None), &provider(), 0.5);
    assert_eq!(next(Class::Request), Some(Duration::from_millis(200)));
    assert_eq!(next(Class::Stream), Some(Duration::from_millis(400)));
}

#[test]
fn the_delay_stays_near_its_doubling_and_below_the_cap() {
    for tries in 0..40 {
        let (low, high) = (backoff(tries, 0.0), backoff(tries, 1.0));
        assert!(low <= high && high <= Duration::from_secs(10), "{tries}: {low:?} {high:?}");
        assert!(low >= Duration::from_millis(180));
    }
}
