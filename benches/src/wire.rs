//! HTTP/1.1 with as little work as possible: the load generator shares the processors with the server.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The head of a message.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    /// Its bytes, with the blank line.
    bytes: usize,
    /// The answer's status; 0 for a request.
    status: u16,
    /// The body's bytes.
    body: usize,
    /// `Retry-After`, in seconds.
    retry_after_s: Option<u64>,
}

fn bad(why: &str) -> Error {
    Error::new(ErrorKind::InvalidData, why.to_owned())
}

/// Reads a head, when it is there whole.
fn head(buffer: &[u8]) -> Result<Option<Head>> {
    let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&buffer[..end]).map_err(|_| bad("a head that is not text"))?;
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = match first.strip_prefix("HTTP/1.1 ") {
        Some(rest) => rest.get(..3).and_then(|s| s.parse().ok()).ok_or_else(|| bad("no status"))?,
        None => 0,
    };
    let mut found = Head { bytes: end + 4, status, body: 0, retry_after_s: None };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            found.body = value.parse().map_err(|_| bad("a bad content-length"))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(bad("chunks are not understood here"));
        } else if name.eq_ignore_ascii_case("retry-after") {
            found.retry_after_s = value.parse().ok();
        }
    }
    Ok(Some(found))
}

/// What was answered.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

/// One end of a connection that is kept.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        Self::over(TcpStream::connect(address).await?)
    }

    /// Speaks over a connection that somebody else made.
    pub fn over(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a whole request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        let head = self.message().await?.ok_or_else(|| bad("the server closed the connection"))?;
        let body = self.buffer[head.bytes..head.bytes + head.body].to_vec();
        self.buffer.drain(..head.bytes + head.body);
        Ok(Answer { status: head.status, retry_after_s: head.retry_after_s, body })
    }

    /// Reads requests and gives each the same answer, until the other side leaves; `each` is shown the head.
    pub async fn answer_all(&mut self, answer: &[u8], mut each: impl FnMut(&[u8])) -> Result<()> {
        while let Some(head) = self.message().await? {
            each(&self.buffer[..head.bytes]);
            self.buffer.drain(..head.bytes + head.body);
            self.stream.write_all(answer).await?;
        }
        Ok(())
    }

    /// Reads until a whole message is in the buffer; `None` when the other side left before one.
    async fn message(&mut self) -> Result<Option<Head>> {
        loop {
            if let Some(head) = head(&self.buffer)?
                && self.buffer.len() >= head.bytes + head.body
            {
                return Ok(Some(head));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(bad("a message broke off")) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let text = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 7\r\n\r\n{}";
        let want = Head { bytes: text.len() - 2, status: 503, body: 7, retry_after_s: Some(2) };
        assert_eq!(head(text).unwrap(), Some(want));
        assert_eq!(head(&text[..20]).unwrap(), None);
        let request = head(b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\n").unwrap().unwrap();
        assert_eq!((request.status, request.body), (0, 3));
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
