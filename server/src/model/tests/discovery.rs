//! Which provider is found, against servers that are there or are not.

use expect_test::{Expect, expect};
use serde_json::json;

use super::server::{Reply, Server};
use crate::{
    config::{Config, ConfigOverrides, Environment},
    model::discover,
};

fn models(names: &[&str]) -> Reply {
    let data: Vec<_> = names.iter().map(|name| json!({"id": name})).collect();
    Reply::Full(200, String::new(), json!({"object": "list", "data": data}).to_string())
}

/// Discovers with the local servers at `ports` (Ollama, llama.cpp, LM Studio, vLLM).
async fn discovered(ports: [u16; 4], variables: &[(&str, &str)], settings: &[&str]) -> String {
    let mut arguments: Vec<String> = ["ollama", "\"llama.cpp\"", "lmstudio", "vllm"]
        .iter()
        .zip(ports)
        .filter(|(name, _)| !name.contains('.'))
        .map(|(name, port)| format!("model_providers.{name}.base_url=http://127.0.0.1:{port}/v1"))
        .collect();
    arguments.extend(settings.iter().map(|setting| (*setting).to_owned()));
    let (mut overrides, _) =
        ConfigOverrides::from_arguments(arguments.iter().map(String::as_str)).unwrap();
    overrides.model_providers.entry("llama.cpp".into()).or_default().base_url =
        Some(format!("http://127.0.0.1:{}/v1", ports[1]));
    let env =
        Environment::from_pairs([("TIRO_HOME", "/nonexistent")].iter().chain(variables).copied());
    let config = Config::load(&env, &[], overrides).unwrap();
    let mut shown = match discover(&config, &env).await {
        Ok(found) => format!(
            "{} of {} ({:?}): {}",
            found.model, found.provider.name, found.provider.wire_api, found.how
        ),
        Err(error) => format!("error: {error}"),
    };
    for (port, name) in ports.iter().zip(["OLLAMA", "LLAMA", "LMSTUDIO", "VLLM"]) {
        shown = shown.replace(&port.to_string(), name);
    }
    shown
}

/// Ports where nothing listens.
async fn closed_ports() -> [u16; 4] {
    let mut ports = [0; 4];
    for port in &mut ports {
        *port = Server::start([]).await.port;
    }
    ports
}

async fn check(variables: &[(&str, &str)], settings: &[&str], expected: Expect) {
    expected.assert_eq(&discovered(closed_ports().await, variables, settings).await);
}

#[tokio::test]
async fn keys_are_looked_for_in_order() {
    check(
        &[("OPENAI_API_KEY", "k"), ("ANTHROPIC_API_KEY", "k"), ("GEMINI_API_KEY", "k")],
        &[],
        expect!["gpt-5 of openai (Responses): OPENAI_API_KEY is set"],
    )
    .await;
    check(
        &[("ANTHROPIC_API_KEY", "k"), ("GEMINI_API_KEY", "k")],
        &[],
        expect!["claude-sonnet-4-5 of anthropic (Anthropic): ANTHROPIC_API_KEY is set"],
    )
    .await;
    check(
        &[("GEMINI_API_KEY", "k")],
        &["model=gemini-3"],
        expect!["gemini-3 of gemini (Gemini): GEMINI_API_KEY is set"],
    )
    .await;
    check(
        &[("OPENAI_API_KEY", "k")],
        &["model_provider=anthropic"],
        expect!["claude-sonnet-4-5 of anthropic (Anthropic): model_provider is `anthropic`"],
    )
    .await;
}

#[tokio::test]
async fn nothing_found_lists_what_was_tried_and_what_to_type() {
    check(&[], &[], expect!["error: no model provider was found. Tried: OPENAI_API_KEY is not set; ANTHROPIC_API_KEY is not set; GEMINI_API_KEY is not set; Ollama at http://127.0.0.1:OLLAMA/v1: nothing answers; llama.cpp at http://127.0.0.1:LLAMA/v1: nothing answers; LM Studio at http://127.0.0.1:LMSTUDIO/v1: nothing answers; vLLM at http://127.0.0.1:VLLM/v1: nothing answers. Next: start a local model with `ollama run qwen3`, or set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY where the editor starts from; `tiro doctor` shows what is found"]).await;
    check(&[], &["model_providers.mine.base_url=http://127.0.0.1:9/v1"], expect![[r#"error: no model provider was found. Tried: OPENAI_API_KEY is not set; ANTHROPIC_API_KEY is not set; GEMINI_API_KEY is not set; Ollama at http://127.0.0.1:OLLAMA/v1: nothing answers; llama.cpp at http://127.0.0.1:LLAMA/v1: nothing answers; LM Studio at http://127.0.0.1:LMSTUDIO/v1: nothing answers; vLLM at http://127.0.0.1:VLLM/v1: nothing answers. Next: `mine` is configured; to use it, put model_provider = "mine" into /nonexistent/config.toml"#]]).await;
}

#[tokio::test]
async fn local_servers_are_asked_together_without_a_key() {
    let mut ports = closed_ports().await;
    let llama = Server::start([models(&["nomic-embed-text", "qwen2.5-coder"])]).await;
    let vllm = Server::start([models(&["other"])]).await;
    (ports[1], ports[3]) = (llama.port, vllm.port);
    expect!["qwen2.5-coder of llama.cpp (Chat): llama.cpp answers at http://127.0.0.1:LLAMA/v1"]
        .assert_eq(&discovered(ports, &[], &[]).await);
    for server in [&llama, &vllm] {
        let asked = server.asked();
        assert_eq!(asked[0].line, "GET /v1/models HTTP/1.1");
        assert!(!asked[0].headers.contains("authorization"));
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_or_has_no_model_is_passed_over() {
    let mut ports = closed_ports().await;
    let silent = Server::start([Reply::Never]).await;
    let empty = Server::start([models(&[])]).await;
    let other = Server::start([Reply::Full(200, String::new(), "<html>".into())]).await;
    let good = Server::start([models(&["m"])]).await;
    ports.copy_from_slice(&[silent.port, empty.port, other.port, good.port]);
    expect!["m of vllm (Chat): vLLM answers at http://127.0.0.1:VLLM/v1"]
        .assert_eq(&discovered(ports, &[], &[]).await);
}

#[tokio::test]
async fn the_address_of_openai_alone_is_enough_for_a_local_server() {
    let server = Server::start([models(&["qwen"])]).await;
    let url = format!("http://127.0.0.1:{}/v1", server.port);
    let shown = discovered(closed_ports().await, &[("OPENAI_BASE_URL", &url)], &[]).await;
    expect!["qwen of openai (Chat): OPENAI_BASE_URL answers at http://127.0.0.1:PORT/v1"]
        .assert_eq(&shown.replace(&server.port.to_string(), "PORT"));
}

#[tokio::test]
async fn a_moved_openai_with_a_key_is_asked_for_its_models() {
    let server = Server::start([models(&["qwen"])]).await;
    let url = format!("http://127.0.0.1:{}/v1", server.port);
    let variables = [("OPENAI_BASE_URL", url.as_str()), ("OPENAI_API_KEY", "k")];
    expect!["qwen of openai (Chat): OPENAI_API_KEY is set"]
        .assert_eq(&discovered(closed_ports().await, &variables, &[]).await);
    assert!(server.asked()[0].headers.contains("authorization: bearer k"));
}

#[tokio::test]
async fn a_chosen_provider_without_a_model_says_so() {
    let refusing = Server::start([Reply::Full(401, String::new(), String::new())]).await;
    let url = format!("model_providers.mine.base_url=http://127.0.0.1:{}/v1", refusing.port);
    let settings = [url.as_str(), "model_providers.mine.env_key=MINE", "model_provider=mine"];
    let shown = discovered(closed_ports().await, &[("MINE", "k")], &settings).await;
    expect!["error: no `model` is set, and the model provider `mine` at http://127.0.0.1:PORT/v1 does not list any: it answered with status 401; check the key in MINE"].assert_eq(&shown.replace(&refusing.port.to_string(), "PORT"));
}
