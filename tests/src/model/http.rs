//! As much of HTTP/1.1 as a model server needs: keep-alive, both body framings
//! when reading, chunks when writing.

use std::{
    io::{self, BufRead, Read, Write},
    net::TcpStream,
};

use serde_json::Value;

/// A request, unparsed.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) method: String,
    pub(super) path: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads one request; none when the connection ends between two.
pub(super) fn read_request(input: &mut impl BufRead) -> io::Result<Option<Raw>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let mut request = Raw { method, path, headers, body: Vec::new() };
    if request.header("transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            input.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16)
                .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            input.take(size as u64).read_to_end(&mut request.body)?;
            input.read_line(&mut String::new())?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = request.header("content-length") {
        let length = length.parse().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        request.body = vec![0; length];
        input.read_exact(&mut request.body)?;
    }
    Ok(Some(request))
}

/// Writes a whole answer; the connection stays open.
pub(super) fn respond(
    mut stream: &TcpStream,
    status: u16,
    headers: &[(String, String)],
    body: &Value,
) -> io::Result<()> {
    let body = body.to_string();
    let mut head = format!(
        "HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        if status < 400 { "OK" } else { "Failure" },
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes())
}

/// A stream of events as the body of an answer.
#[derive(Debug)]
pub(super) struct Body<'a> {
    stream: &'a TcpStream,
    queued: Vec<u8>,
}

impl<'a> Body<'a> {
    pub(super) fn start(mut stream: &'a TcpStream) -> io::Result<Self> {
        stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\
              cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n",
        )?;
        Ok(Self { stream, queued: Vec::new() })
    }

    /// Writes now.
    pub(super) fn send(&mut self, text: &str) -> io::Result<()> {
        self.queue(text)?;
        self.flush()
    }

    /// Writes when enough has come together.
    pub(super) fn queue(&mut self, text: &str) -> io::Result<()> {
        if !text.is_empty() {
            self.queued.extend_from_slice(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes());
        }
        if self.queued.len() > 32 * 1024 { self.flush() } else { Ok(()) }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        let mut stream = self.stream;
        stream.write_all(&self.queued)?;
        self.queued.clear();
        Ok(())
    }

    /// Ends the body; the connection stays open.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.queued.extend_from_slice(b"0\r\n\r\n");
        self.flush()
    }
}
