//! Messages in words: who says what to whom, without numbers, times and paths that
//! differ from run to run. What a step brings is told in one order, whichever of
//! the independent messages came first: the client's own, edits, marks, questions,
//! documents, messages. What comes in pieces is told once.

use std::collections::BTreeMap;

use serde_json::Value;
use tiro_tests::{client::Message, project::Project, transcript, uri};

/// The part of a log that a step is about.
pub(super) struct Told<'a> {
    pub(super) project: &'a Project,
    pub(super) log: &'a [Message],
    pub(super) from: usize,
}

/// Left out: what is the same in every part, and what depends on time.
const SILENT: [&str; 7] = [
    "window/logMessage",
    "window/workDoneProgress/create",
    "workspace/configuration",
    "workspace/codeLens/refresh",
    "workspace/textDocumentContent/refresh",
    "client/registerCapability",
    "initialized",
];

/// All that a step brought, a line a message.
pub(super) fn of_step(
    told: &Told<'_>,
    progress: bool,
    marks: &mut BTreeMap<String, String>,
) -> String {
    let mut lines: Vec<(u8, String)> = Vec::new();
    let mut latest: BTreeMap<String, String> = BTreeMap::new();
    let edits = told.log[told.from..].iter().any(|it| it.is_from_server("workspace/applyEdit"));
    for message in &told.log[told.from..] {
        let Some(method) = message.method().filter(|method| !SILENT.contains(method)) else {
            lines.extend(answer(told, message).map(|line| (0, line)));
            continue;
        };
        if method == "textDocument/publishDiagnostics" {
            let (file, text) = published(told, &message.value["params"]);
            latest.insert(file, text);
            continue;
        }
        if method == "$/progress" && !progress {
            continue;
        }
        let Some((rank, line)) = line(told, message, method) else { continue };
        let rank = if method == "textDocument/didChange" && edits { 2 } else { rank };
        if !lines.contains(&(rank, line.clone())) {
            lines.push((rank, line));
        }
    }
    for (file, text) in latest {
        let before = marks.insert(file, text.clone()).unwrap_or_default();
        if before != text && !(before.is_empty() && text.ends_with("no marks\n")) {
            lines.push((3, text));
        }
    }
    lines.sort_by_key(|(rank, _)| *rank);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// A request or notification.
fn line(told: &Told<'_>, message: &Message, method: &str) -> Option<(u8, String)> {
    let params = &message.value["params"];
    if !message.from_server {
        let about = match method {
            "workspace/executeCommand" => command(told, params),
            "workspace/didChangeConfiguration" => {
                transcript::normalised(told.project, &params["settings"])
            }
            "workspace/textDocumentContent" => {
                params["uri"].as_str().unwrap_or_default().to_owned()
            }
            _ => place(told, params),
        };
        let rank = if method == "workspace/textDocumentContent" { 6 } else { 0 };
        let answer = told.log.iter().find(|it| answers(it, message) && it.from_server);
        let answer = answer.map(|it| result(told, method, &it.value)).unwrap_or_default();
        return Some((rank, format!("  editor → {method} {about}\n{answer}")));
    }
    Some(match method {
        "workspace/applyEdit" => {
            let mut answers = told.log.iter().filter(|it| answers(it, message) && !it.from_server);
            let applied = answers.next_back().map(|it| it.value["result"]["applied"] == true);
            let says = if applied == Some(true) { "done" } else { "not done" };
            let label = params["label"].as_str().unwrap_or_default();
            let files = edited(told, &params["edit"]);
            (
                1,
                format!(
                    "  tiro   → {method} \u{201c}{label}\u{201d}: {files}\n  editor ⇒ {says}\n"
                ),
            )
        }
        "window/showMessageRequest" => {
            let buttons = params["actions"].as_array().into_iter().flatten();
            let buttons = buttons.filter_map(|it| it["title"].as_str());
            let buttons: String = buttons.map(|title| format!(" [{title}]")).collect();
            let buttons = text(told.project, &buttons);
            let said = said(told, params);
            (4, format!("  tiro   → {method}\n{said}         {buttons}\n"))
        }
        "window/showDocument" => {
            let shown = indented(&text(told.project, &shown(message).unwrap_or_default()));
            (5, format!("  tiro   → {method}{}\n{shown}", document(told, &params["uri"])))
        }
        "window/showMessage" => (6, format!("  tiro   → {method}\n{}", said(told, params))),
        "$/progress" => {
            let value = &params["value"];
            let title = value["title"].as_str().unwrap_or_default();
            match value["kind"].as_str() {
                Some("begin") => {
                    let can =
                        if value["cancellable"] == true { ", which can be cancelled" } else { "" };
                    (1, format!("  tiro   → {method} begins: {title}{can}\n"))
                }
                Some("end") => (7, format!("  tiro   → {method} ends: {}\n", begun(told, params))),
                _ => return None,
            }
        }
        _ => (8, format!("  tiro   → {method}\n")),
    })
}

/// The title that a progress began with.
fn begun(told: &Told<'_>, params: &Value) -> String {
    let mut all = told.log.iter().filter(|it| it.is_from_server("$/progress"));
    let begin = all.find(|it| it.value["params"]["token"] == params["token"]);
    begin.and_then(|it| it.value["params"]["value"]["title"].as_str()).unwrap_or("?").to_owned()
}

/// What the person answers a question with; nothing for other answers.
fn answer(told: &Told<'_>, message: &Message) -> Option<String> {
    if message.from_server || message.method().is_some() {
        return None;
    }
    let question = told.log.iter().find(|it| {
        it.is_from_server("window/showMessageRequest") && it.value["id"] == message.value["id"]
    });
    question?;
    let title = message.value["result"]["title"].as_str();
    let title = title.map_or("nothing".to_owned(), |title| format!("\u{201c}{title}\u{201d}"));
    Some(format!("  editor ⇒ window/showMessageRequest: {}\n", text(told.project, &title)))
}

fn answers(answer: &Message, request: &Message) -> bool {
    answer.method().is_none()
        && !request.value["id"].is_null()
        && answer.value["id"] == request.value["id"]
}

fn result(told: &Told<'_>, method: &str, value: &Value) -> String {
    if let Some(error) = value["error"]["message"].as_str() {
        return format!("  tiro   ⇒ refused: {}\n", text(told.project, error));
    }
    let result = &value["result"];
    let titles: Vec<&str> = match method {
        "textDocument/codeAction" => list(result).filter_map(|it| it["title"].as_str()).collect(),
        "textDocument/codeLens" => {
            list(result).filter_map(|it| it["command"]["title"].as_str()).collect()
        }
        "workspace/textDocumentContent" => {
            let content = result["text"].as_str().unwrap_or_default();
            return format!("  tiro   ⇒\n{}", indented(&text(told.project, content)));
        }
        // The number of the submission says nothing.
        _ if result.is_null() || result["id"].is_string() => return String::new(),
        _ => return format!("  tiro   ⇒ {}\n", transcript::normalised(told.project, result)),
    };
    let titles: String = titles.iter().map(|title| format!(" [{title}]")).collect();
    format!("  tiro   ⇒{}\n", text(told.project, &titles))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A command with its arguments, places as people count them.
fn command(told: &Told<'_>, params: &Value) -> String {
    let name = params["command"].as_str().unwrap_or_default();
    let arguments: Vec<String> = list(&params["arguments"])
        .filter(|argument| !argument.is_null())
        .map(|argument| match argument.as_str() {
            Some(words) => format!("\u{201c}{words}\u{201d}"),
            None if argument["uri"].is_string() => of_uri(told, &argument["uri"]),
            None => transcript::normalised(told.project, argument),
        })
        .collect();
    text(told.project, format!("{name} {}", arguments.join(", ")).trim_end())
}

/// The file that a message is about, and the lines.
fn place(told: &Told<'_>, params: &Value) -> String {
    let file = of_uri(told, &params["textDocument"]["uri"]);
    let line = |end: &str| params["range"][end]["line"].as_u64().map(|line| line + 1);
    match (line("start"), line("end")) {
        (Some(start), Some(end)) if start < end => format!("{file}, lines {start} to {}", end - 1),
        (Some(start), _) => format!("{file}, line {start}"),
        _ => file,
    }
}

/// The files of an edit.
fn edited(told: &Told<'_>, edit: &Value) -> String {
    let mut files: Vec<String> = list(&edit["documentChanges"])
        .map(|change| match change["kind"].as_str() {
            Some(kind) => format!("{kind} {}", of_uri(told, &change["uri"])),
            None => of_uri(told, &change["textDocument"]["uri"]),
        })
        .collect();
    let changes = edit["changes"].as_object().into_iter().flatten();
    files.extend(changes.map(|(uri, _)| of_uri(told, &Value::String(uri.clone()))));
    files.sort();
    files.join(", ")
}

/// The marks of a file, with the lines as people count them.
fn published(told: &Told<'_>, params: &Value) -> (String, String) {
    let file = of_uri(told, &params["uri"]);
    let mut out = format!("  tiro   → textDocument/publishDiagnostics {file}:");
    if list(&params["diagnostics"]).next().is_none() {
        out.push_str(" no marks\n");
        return (file, out);
    }
    out.push('\n');
    for mark in list(&params["diagnostics"]) {
        let line = mark["range"]["start"]["line"].as_u64().unwrap_or_default() + 1;
        let said = mark["message"].as_str().unwrap_or_default();
        out.push_str(&indented(&text(told.project, &format!("line {line}: {said}"))));
    }
    (file, out)
}

fn said(told: &Told<'_>, params: &Value) -> String {
    let kind = match params["type"].as_i64() {
        Some(1) => "error: ",
        Some(2) => "warning: ",
        _ => "",
    };
    let said = params["message"].as_str().unwrap_or_default();
    indented(&text(told.project, &format!("{kind}{said}")))
}

/// What a message shows the person: its words, or the text of its document.
pub(super) fn shown(message: &Message) -> Option<String> {
    let params = &message.value["params"];
    if message.is_from_server("window/showMessage") {
        return params["message"].as_str().map(str::to_owned);
    }
    if !message.is_from_server("window/showDocument") {
        return None;
    }
    let path = params["uri"].as_str().and_then(uri::to_path)?;
    #[expect(clippy::disallowed_methods, reason = "the file that the editor would show")]
    std::fs::read_to_string(path).ok()
}

/// The name of a document that is shown; those of the state directory have a number.
fn document(told: &Told<'_>, uri: &Value) -> String {
    let address = uri.as_str().unwrap_or_default();
    if address.starts_with("tiro:") {
        return format!(" {address}");
    }
    let path = of_uri(told, uri);
    if path.starts_with('/') { String::new() } else { format!(" {path}") }
}

/// The path in the project that a URI names.
fn of_uri(told: &Told<'_>, uri: &Value) -> String {
    let path = uri.as_str().and_then(uri::to_path).unwrap_or_default();
    let path = text(told.project, &path.display().to_string());
    path.strip_prefix("$ROOT/").unwrap_or(&path).to_owned()
}

/// A text without what differs from run to run.
pub(super) fn text(project: &Project, text: &str) -> String {
    let text = transcript::plain(project, text);
    let text: String = text.split_inclusive('\n').map(of_machine).collect();
    let mut out = String::new();
    // The name of a chat has the date.
    for (at, part) in text.split(".tiro/chats/").enumerate() {
        match (at, part.split_once(".tiro.md")) {
            (0, _) | (_, None) => out.push_str(part),
            (_, Some((_, rest))) => out.push_str(&format!(".tiro/chats/<date>.tiro.md{rest}")),
        }
    }
    out
}

/// A line, unless it is about the machine.
fn of_machine(line: &str) -> String {
    if line.starts_with("sandbox: ") {
        "sandbox: <of this machine>\n".to_owned()
    } else {
        line.to_owned()
    }
}

/// Lines that stand in something.
pub(super) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    | {line}").trim_end().to_owned() + "\n").collect()
}
