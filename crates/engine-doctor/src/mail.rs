//! The mail server: reachable, polite, and not asked for a password in clear.

use crate::finding::{Finding, Level};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Longest wait for a connection and for each answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer.
const ANSWER_MOST: u64 = 16 << 10;
/// Most lines of an answer.
const LINES_MOST: usize = 100;

/// A mail server, as its address says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether TLS begins with the connection (`smtps://`).
    pub tls: bool,
    /// Whether a password is sent, or encryption was asked for (`smtp+starttls://`): nothing may go in clear.
    pub password: bool,
}

impl MailServer {
    /// From an address such as `smtps://user:password@mail.example:465`; `None` when it is none.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (tls, starttls, usual, rest) = match url.split_once("://")? {
            ("smtp", rest) => (false, false, 25, rest),
            ("smtp+starttls", rest) => (false, true, 587, rest),
            ("smtps", rest) => (true, false, 465, rest),
            _ => return None,
        };
        let rest = rest.split(['/', '?']).next()?;
        let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
        let password = starttls || login.is_some_and(|login| login.contains(':'));
        let (host, port) = match place.strip_prefix('[').and_then(|six| six.split_once(']')) {
            Some((six, rest)) => (six, rest.strip_prefix(':').map_or(Some(usual), |port| port.parse().ok())?),
            None => match place.rsplit_once(':') {
                Some((host, port)) => (host, port.parse().ok()?),
                None => (place, usual),
            },
        };
        (!host.is_empty() && !host.contains(['[', ']'])).then(|| Self { host: host.to_owned(), port, tls, password })
    }
}

/// Greets the mail server (RFC 5321) and sees what it offers; sends no mail. With TLS from the beginning
/// only the connection is tried.
#[must_use]
pub fn mail(server: &MailServer) -> Vec<Finding> {
    let place = format!("{}:{}", server.host, server.port);
    let fault = |code, said: &dyn std::fmt::Display| vec![Finding::new(code, Level::Fault, format!("{place}: {said}"))];
    let address = match (server.host.as_str(), server.port).to_socket_addrs() {
        Ok(mut found) => found.next(),
        Err(error) => return fault("mail-name", &error),
    };
    let Some(address) = address else { return fault("mail-name", &"?") };
    let stream = match TcpStream::connect_timeout(&address, PATIENCE) {
        Ok(stream) => stream,
        Err(error) => return fault("mail-unreachable", &error),
    };
    if server.tls {
        return vec![Finding::new("mail-connects", Level::Well, place)];
    }
    match greet(&stream) {
        Err(error) => fault("mail-answer", &error),
        Ok(offers) if offers.iter().any(|offer| offer.eq_ignore_ascii_case("STARTTLS")) => {
            vec![Finding::new("mail-well", Level::Well, place)]
        }
        Ok(_) if server.password => vec![Finding::new("mail-clear-password", Level::Fault, place)],
        Ok(_) => vec![Finding::new("mail-clear", Level::Warning, place)],
    }
}

/// What the server offers.
fn greet(stream: &TcpStream) -> std::io::Result<Vec<String>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (mut reader, mut writer) = (BufReader::new(stream.take(ANSWER_MOST)), stream);
    answer(&mut reader, "220")?;
    writer.write_all(b"EHLO mangrove.invalid\r\n")?;
    let offers = answer(&mut reader, "250")?;
    // The check is over whether or not the server says goodbye.
    let _ = writer.write_all(b"QUIT\r\n");
    Ok(offers)
}

/// The lines of one answer, without their codes.
fn answer(reader: &mut impl BufRead, code: &str) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    for _ in 0..LINES_MOST {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        let (Some(rest), true) = (line.strip_prefix(code), line.len() >= code.len()) else {
            let said: String = line.chars().take(200).collect();
            return Err(std::io::Error::other(format!("“{said}”, {code} ?")));
        };
        let more = rest.starts_with('-');
        lines.push(rest.get(1..).unwrap_or_default().to_owned());
        if !more {
            return Ok(lines);
        }
    }
    Err(std::io::Error::other("…"))
}
