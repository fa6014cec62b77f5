//! An SMTP server on the loopback address that really receives mail and keeps it (RFC 5321).

mod mail;

use crate::wait;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use mail::Message;

/// Longest message that is taken, bytes.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// The server. Stops taking connections when the test's process ends.
#[derive(Debug)]
pub struct SmtpSink {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    messages: Mutex<Vec<Message>>,
    /// How many of the next messages are refused for the moment (451).
    refuse: AtomicUsize,
}

impl SmtpSink {
    /// Starts listening on a free port.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port for SMTP");
        let port = listener.local_addr().expect("the address of a bound socket").port();
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_thread);
                std::thread::spawn(move || Session::new(&shared).talk(&stream));
            }
        });
        Self { port, shared }
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Refuses so many of the next messages with a temporary error, as a busy server would.
    pub fn refuse_next(&self, messages: usize) {
        self.shared.refuse.store(messages, Ordering::SeqCst);
    }

    /// Everything received so far.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a message.
    ///
    /// # Panics
    /// When none like it comes within [`wait::PATIENCE`].
    pub fn wait_for(&self, what: &str, like: impl Fn(&Message) -> bool) -> Message {
        wait::eventually(what, || self.messages().into_iter().find(|m| like(m)))
    }
}

/// One connection.
struct Session<'a> {
    shared: &'a Shared,
    from: Option<String>,
    to: Vec<String>,
}

impl<'a> Session<'a> {
    fn new(shared: &'a Shared) -> Self {
        Self { shared, from: None, to: Vec::new() }
    }

    /// Talks until the other side leaves; errors of the connection only end it.
    fn talk(&mut self, stream: &TcpStream) {
        let mut out = stream;
        let mut lines = BufReader::new(stream);
        if out.write_all(b"220 sink.example ESMTP\r\n").is_err() {
            return;
        }
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
            let command = line.trim_end().to_owned();
            line.clear();
            let answer = if command.eq_ignore_ascii_case("DATA") {
                self.data(&mut lines, &mut out)
            } else {
                self.command(&command)
            };
            let Some(answer) = answer else { return };
            if out.write_all(format!("{answer}\r\n").as_bytes()).is_err() || answer.starts_with("221") {
                return;
            }
        }
    }

    fn command(&mut self, command: &str) -> Option<&'static str> {
        let upper = command.to_ascii_uppercase();
        Some(match upper.get(..4).unwrap_or_default() {
            "EHLO" => "250-sink.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 16777216",
            "HELO" | "NOOP" => "250 sink.example",
            "RSET" => {
                self.reset();
                "250 forgotten"
            }
            "MAIL" => {
                self.reset();
                self.from = address(command);
                if self.from.is_some() { "250 sender fine" } else { "501 an address in <> is missing" }
            }
            "RCPT" => match address(command).filter(|_| self.from.is_some()) {
                Some(to) => {
                    self.to.push(to);
                    "250 recipient fine"
                }
                None => "503 MAIL comes first, with an address in <>",
            },
            "QUIT" => "221 bye",
            _ => "502 this server does not know that command",
        })
    }

    fn data(&mut self, lines: &mut impl BufRead, out: &mut impl Write) -> Option<&'static str> {
        let (Some(from), false) = (self.from.clone(), self.to.is_empty()) else {
            return Some("503 MAIL and RCPT come first");
        };
        out.write_all(b"354 end with a line of one dot\r\n").ok()?;
        let mut raw = Vec::new();
        loop {
            let mut line = Vec::new();
            if lines.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            if line == b".\r\n" || line == b".\n" {
                break;
            }
            // A dot at the beginning was doubled by the sender (RFC 5321 §4.5.2).
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if raw.len() > MAX_MESSAGE {
                return Some("552 too large");
            }
        }
        let refused = self.shared.refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if refused {
            return Some("451 busy, come again");
        }
        let message = Message::new(from, std::mem::take(&mut self.to), &String::from_utf8_lossy(&raw));
        self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        self.reset();
        Some("250 kept")
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

fn address(command: &str) -> Option<String> {
    let (_, rest) = command.split_once('<')?;
    rest.split_once('>').map(|(address, _)| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(port: u16, text: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        std::io::read_to_string(stream).unwrap()
    }

    const MAIL: &str = "EHLO me\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\nSubject: Hi\r\n\r\n..dot\r\n.\r\nQUIT\r\n";

    #[test]
    fn a_message_is_received_and_kept() {
        let sink = SmtpSink::start();
        let talk = say(sink.port(), MAIL);
        assert!(talk.contains("\r\n250 kept\r\n221 bye"), "{talk}");
        let message = sink.wait_for("the message", |m| m.subject() == "Hi");
        assert_eq!((message.from.as_str(), message.to.as_slice()), ("a@x.example", &["b@y.example".to_owned()][..]));
        assert_eq!(message.text().trim_end(), ".dot");
    }

    #[test]
    fn order_is_kept_and_a_busy_server_refuses() {
        let sink = SmtpSink::start();
        assert!(say(sink.port(), "DATA\r\nRCPT TO:<a@b>\r\nXYZ\r\nQUIT\r\n").contains("503"));
        sink.refuse_next(1);
        assert!(say(sink.port(), MAIL).contains("451"));
        assert!(say(sink.port(), MAIL).contains("250 kept"));
        assert_eq!(sink.messages().len(), 1);
    }
}
