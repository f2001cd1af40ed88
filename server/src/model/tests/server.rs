//! A model server for tests: answers each request with the next scripted reply
//! and keeps what it was asked.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::config::{ModelProvider, WireApi};

/// What the server does with one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status, extra header lines (each ends in CRLF), body.
    Full(u16, String, String),
    /// A stream with these bytes, ended properly.
    Stream(String),
    /// A stream that is cut off after these bytes.
    Dropped(String),
    /// A stream that stays open after these bytes.
    Silent(String),
    /// Not even headers.
    Never,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: String,
    pub(crate) body: Value,
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let replies =
            Arc::new(Mutex::new(replies.into_iter().collect::<std::collections::VecDeque<_>>()));
        let seen = asked.clone();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        let task = tokio::spawn(async move {
            let mut served = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                served.spawn(serve(socket, replies.clone(), seen.clone()));
            }
        });
        Self { port, asked, connections, task }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// A provider at this server that is tried as often as the replies allow.
    pub(crate) fn provider(&self, wire_api: WireApi) -> ModelProvider {
        let version = match wire_api {
            WireApi::Ollama => "",
            WireApi::Gemini => "/v1beta",
            WireApi::Responses | WireApi::Chat | WireApi::Anthropic => "/v1",
        };
        ModelProvider {
            name: "test".into(),
            base_url: format!("http://127.0.0.1:{}{version}", self.port),
            env_key: Some("TEST_KEY".into()),
            wire_api,
            request_max_retries: 2,
            stream_max_retries: 1,
            stream_idle_timeout: std::time::Duration::from_secs(60),
        }
    }
}

async fn serve(
    mut socket: TcpStream,
    replies: Arc<Mutex<std::collections::VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
) {
    while let Some(request) = read_request(&mut socket).await {
        asked.lock().unwrap().push(request);
        let reply = replies.lock().unwrap().pop_front();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = |text: &str| {
            if text.is_empty() { String::new() } else { format!("{:x}\r\n{text}\r\n", text.len()) }
        };
        let bytes = match &reply {
            None => "HTTP/1.1 418 no reply left\r\ncontent-length: 0\r\n\r\n".to_owned(),
            Some(Reply::Full(status, headers, body)) => format!(
                "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\n\r\n{body}",
                body.len()
            ),
            Some(Reply::Stream(text)) => format!("{head}{}0\r\n\r\n", chunk(text)),
            Some(Reply::Dropped(text) | Reply::Silent(text)) => format!("{head}{}", chunk(text)),
            Some(Reply::Never) => String::new(),
        };
        if socket.write_all(bytes.as_bytes()).await.is_err() {
            return;
        }
        match reply {
            Some(Reply::Dropped(_)) => return,
            Some(Reply::Never | Reply::Silent(_)) => std::future::pending::<()>().await,
            _ => {}
        }
    }
}

async fn read_request(socket: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap();
    let headers = headers.to_lowercase();
    let length = headers
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = bytes[head_end + 4..].to_vec();
    while body.len() < length {
        if socket.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { line: line.to_owned(), headers, body })
}
