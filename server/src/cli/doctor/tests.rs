//! The report in words, for machines in different states.

use std::path::Path;

use expect_test::{Expect, expect};
use serde_json::json;

use super::{
    examine,
    report::{Report, SandboxReport},
};
use crate::{
    config::{ConfigOverrides, Environment},
    model::tests::{
        answers::chat_text,
        server::{Reply, Server},
    },
};

/// Examines a folder without configuration, with `server` as Ollama.
async fn diagnose(server: &Server, arguments: &[&str], probe: bool) -> Report {
    let closed = Server::start([]).await.port;
    let (mut overrides, _) = ConfigOverrides::from_arguments(arguments.iter().copied()).unwrap();
    for name in ["ollama", "llama.cpp", "lmstudio", "vllm"] {
        let port = if name == "ollama" { server.port } else { closed };
        overrides.model_providers.entry(name.into()).or_default().base_url =
            Some(format!("http://127.0.0.1:{port}/v1"));
    }
    let env = Environment::from_pairs([("TIRO_HOME", "/nonexistent/home"), ("MINE", "sk-secret")]);
    examine(&env, Path::new("/nonexistent/project"), overrides, probe).await
}

fn models() -> Reply {
    Reply::Full(200, String::new(), json!({"data": [{"id": "qwen2.5-coder:7b"}]}).to_string())
}

/// The part of the report that does not depend on this machine.
fn check(report: &Report, server: &Server, expected: &Expect) {
    let words = report.to_string();
    assert!(
        !words.contains("sk-secret")
            && !serde_json::to_string(report).unwrap().contains("sk-secret")
    );
    let start = words.find("\nmodel:").unwrap();
    expected.assert_eq(&words[start..].replace(&server.port.to_string(), "PORT"));
}

#[tokio::test]
async fn a_local_server_is_shown_with_its_models() {
    let server = Server::start([models(), models()]).await;
    let report = diagnose(&server, &[], false).await;
    check(
        &report,
        &server,
        &expect![[r#"

            model:
              qwen2.5-coder:7b of ollama at http://127.0.0.1:PORT/v1, because Ollama answers at http://127.0.0.1:PORT/v1
              reached; models: qwen2.5-coder:7b

            next:
              - Ollama cuts long conversations to its own context length: start it with OLLAMA_CONTEXT_LENGTH=32768 or more
              - run `tiro doctor --probe` to see whether the local model calls tools
        "#]],
    );
}

#[tokio::test]
async fn a_call_that_comes_as_text_explains_the_template() {
    let call = r#"{"name": "report_ready", "arguments": {"ready": true}}"#;
    let server = Server::start([models(), models(), Reply::Stream(chat_text(&[call]))]).await;
    let report = diagnose(&server, &[], true).await;
    check(
        &report,
        &server,
        &expect![[r#"

            model:
              qwen2.5-coder:7b of ollama at http://127.0.0.1:PORT/v1, because Ollama answers at http://127.0.0.1:PORT/v1
              reached; models: qwen2.5-coder:7b
              tools: the model writes the call as text

            next:
              - Ollama cuts long conversations to its own context length: start it with OLLAMA_CONTEXT_LENGTH=32768 or more
              - the model wrote the tool call as text, so its chat template has no tools: it never sees them as such. Tiro recognises such calls, but they come out right less often. To mend it, choose a model that `ollama show` lists with the capability `tools`, or put {{ .Tools }} into the TEMPLATE of its Modelfile
        "#]],
    );
}

#[tokio::test]
async fn words_instead_of_a_call_are_told() {
    let server = Server::start([models(), models(), Reply::Stream(chat_text(&["Sure!"]))]).await;
    let report = diagnose(&server, &[], true).await;
    check(
        &report,
        &server,
        &expect![[r#"

            model:
              qwen2.5-coder:7b of ollama at http://127.0.0.1:PORT/v1, because Ollama answers at http://127.0.0.1:PORT/v1
              reached; models: qwen2.5-coder:7b
              tools: the model did not call one

            next:
              - Ollama cuts long conversations to its own context length: start it with OLLAMA_CONTEXT_LENGTH=32768 or more
              - `qwen2.5-coder:7b` answered in words where it was told to call a tool: try a model that was trained for tools, such as qwen3
        "#]],
    );
}

#[tokio::test]
async fn a_provider_that_refuses_the_key_is_not_reached() {
    let server = Server::start([Reply::Full(401, String::new(), String::new())]).await;
    let url = format!("model_providers.mine.base_url=http://127.0.0.1:{}/v1", server.port);
    let settings =
        [url.as_str(), "model_providers.mine.env_key=MINE", "model_provider=mine", "model=m"];
    let report = diagnose(&server, &settings, true).await;
    assert!(!report.ok);
    check(
        &report,
        &server,
        &expect![[r#"

        model:
          m of mine at http://127.0.0.1:PORT/v1, because model_provider is `mine`
          key: from MINE
          not reached: it answered with status 401; check the key in MINE

        next:
          - make the provider `mine` at http://127.0.0.1:PORT/v1 answer, or choose another: it answered with status 401; check the key in MINE
    "#]],
    );
}

#[tokio::test]
async fn without_a_provider_it_says_what_was_tried_and_what_to_do() {
    let server = Server::start([Reply::Full(500, String::new(), String::new())]).await;
    let report = diagnose(&server, &[], false).await;
    assert!(!report.ok);
    let words = report.to_string();
    assert!(words.contains("  tried: OPENAI_API_KEY is not set\n"), "{words}");
    assert!(words.contains("/v1: it answered with status 500\n"), "{words}");
    assert!(words.contains("\nnext:\n  - start a local model with `ollama run"), "{words}");
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_comes_first() {
    let server = Server::start([]).await;
    let report = diagnose(&server, &["model_provider=acme"], false).await;
    assert!(!report.ok && report.provider.is_none());
    assert!(report.next.iter().any(|step| step.contains("no model provider `acme`")));
    assert!(report.to_string().contains("/nonexistent/home/config.toml (not there)"));
}

#[tokio::test]
async fn the_json_has_every_part() {
    let server = Server::start([models(), models()]).await;
    let report = serde_json::to_value(diagnose(&server, &[], false).await).unwrap();
    assert_eq!(report["provider"]["name"], "ollama");
    assert_eq!(report["provider"]["wire_api"], "chat");
    assert_eq!(report["provider"]["models"], json!(["qwen2.5-coder:7b"]));
    let sandbox = serde_json::to_value(SandboxReport::new(&crate::sandbox::status())).unwrap();
    assert_eq!(report["sandbox"], sandbox);
    assert!(["full", "degraded", "none"].contains(&sandbox["level"].as_str().unwrap()));
    let settings = report["config"]["settings"].as_array().unwrap();
    assert!(settings.contains(
        &json!({"key": "approval_policy", "value": "unless-allow-listed", "source": "default"})
    ));
}
