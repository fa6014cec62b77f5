//! One RELP session: open, messages with their acknowledgements, close.

use super::frame::{Command, Decoder, FrameError, RelpFrame, respond};
use crate::serve::Handed;
use crate::streams::{Arrived, Link};
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

/// What we say that we are.
const SOFTWARE: &str = concat!("relp_software=mangrove,", env!("CARGO_PKG_VERSION"));
/// Told before we close (a hint: transaction number 0, no answer).
const SERVER_CLOSE: &[u8] = b"0 serverclose 0\n";
/// Most characters of a reason in an answer (`HUMAN-TEXT = *80ALPHA`).
const REASON_CHARS: usize = 80;

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Going {
    On,
    /// The sender is gone or has been told; say good-bye.
    End,
    /// Nothing more can or may be said.
    Silent,
}

/// Speaks RELP until the sender or the program ends.
pub(crate) async fn talk<S: AsyncRead + AsyncWrite + Send + Unpin>(mut link: Link<S>) {
    let mut decoder = Decoder::new(link.shared.options.max_record_bytes);
    let mut open = false;
    let going = loop {
        let arrived = if open {
            link.read(decoder.buffer()).await
        } else {
            // Whoever connects and says nothing does not keep its seat for the whole idle time.
            match timeout(link.shared.options.handshake_timeout, link.read(decoder.buffer())).await {
                Ok(arrived) => arrived,
                Err(_) => {
                    link.framing_error(
                        1,
                        0,
                        "no session was opened".to_owned(),
                        "set the sender to RELP, or use another port",
                    );
                    Arrived::End
                }
            }
        };
        match arrived {
            Arrived::Bytes => {}
            Arrived::End => break Going::Silent,
            // What was not acknowledged is repeated by the sender, to us or to the next that listens.
            Arrived::Stop => break Going::End,
        }
        match pass_on(&mut link, &mut decoder, &mut open).await {
            Going::On => {}
            end => break end,
        }
    };
    if going == Going::End {
        link.answer(SERVER_CLOSE).await;
    }
    link.close().await;
}

/// Works off all whole frames of the buffer, messages in batches.
async fn pass_on<S: AsyncRead + AsyncWrite + Send + Unpin>(
    link: &mut Link<S>,
    decoder: &mut Decoder,
    open: &mut bool,
) -> Going {
    let most = link.shared.options.batch_records.max(1);
    let mut completed = false;
    loop {
        let (mut messages, mut numbers, mut other, mut fault) = (Vec::new(), Vec::new(), None, None);
        while messages.len() < most {
            match decoder.next_frame() {
                Ok(Some(frame)) if frame.command == Command::Syslog && *open => {
                    numbers.push(frame.txnr);
                    messages.push((frame.data, frame.truncated));
                }
                Ok(Some(frame)) => {
                    other = Some(frame);
                    break;
                }
                Ok(None) => break,
                Err(error) => {
                    fault = Some(error);
                    break;
                }
            }
        }
        completed |= !messages.is_empty() || other.is_some();
        // What came before a fault is safe with us and acknowledged, before the connection ends.
        match give(link, messages, &numbers).await {
            Going::On => {}
            end => return end,
        }
        let full = numbers.len() >= most;
        if let Some(error) = fault {
            return break_off(link, decoder.held(), error);
        }
        match other {
            Some(frame) => match control(link, decoder.held(), frame, open).await {
                Going::On => {}
                end => return end,
            },
            None if full => {}
            None => break,
        }
    }
    link.progress(completed, decoder.is_amid_frame());
    if link.must_cut(decoder.held()) {
        // A message cannot be acknowledged in part; the sender repeats it when there is room again.
        let remedy = "the connection was closed, the sender repeats the message; have it write shorter messages";
        link.framing_error(0, decoder.held(), "too much is held of unfinished messages".to_owned(), remedy);
        return Going::End;
    }
    Going::On
}

/// Into safety first, then the acknowledgements, in the order of the messages.
async fn give<S: AsyncRead + AsyncWrite + Send + Unpin>(
    link: &mut Link<S>,
    messages: Vec<(Bytes, bool)>,
    numbers: &[u32],
) -> Going {
    if messages.is_empty() && numbers.is_empty() {
        return Going::On;
    }
    // An empty message is acknowledged and not kept.
    let kept: Vec<_> = messages.into_iter().filter(|(data, _)| !data.is_empty()).collect();
    let answer = match link.hand_over(kept).await {
        Handed::Taken => "200 OK".to_owned(),
        Handed::Refused(reason) => format!("500 {}", plain(&reason)),
        Handed::Stopped => return Going::Silent,
    };
    let mut out = Vec::with_capacity(numbers.len() * 24);
    for txnr in numbers.iter().filter(|n| **n != 0) {
        respond(&mut out, *txnr, &answer);
    }
    if link.answer(&out).await { Going::On } else { Going::Silent }
}

async fn control<S: AsyncRead + AsyncWrite + Send + Unpin>(
    link: &mut Link<S>,
    held: usize,
    frame: RelpFrame,
    open: &mut bool,
) -> Going {
    let mut out = Vec::new();
    let going = match frame.command {
        Command::Open if !*open => match accept_offers(&frame.data) {
            Ok(offers) => {
                *open = true;
                respond(&mut out, frame.txnr, &format!("200 OK\n{offers}"));
                Going::On
            }
            Err(reason) => {
                link.framing_error(1, held, reason.to_owned(), "update the sender; RELP version 0 or 1 is spoken here");
                respond(&mut out, frame.txnr, &format!("500 {reason}"));
                Going::End
            }
        },
        Command::Close => {
            respond(&mut out, frame.txnr, "");
            Going::End
        }
        Command::Open => {
            link.framing_error(1, held, "a session was opened twice".to_owned(), "update the sender");
            respond(&mut out, frame.txnr, "500 session is open");
            Going::End
        }
        Command::Syslog => {
            link.framing_error(1, held, "a message came before the session was opened".to_owned(), "update the sender");
            respond(&mut out, frame.txnr, "500 session is not open");
            Going::End
        }
        // Hints (number 0) of other versions are not answered.
        Command::Other(_) if frame.txnr == 0 => Going::On,
        Command::Other(_) => {
            respond(&mut out, frame.txnr, "500 command not supported");
            Going::On
        }
    };
    if out.is_empty() || link.answer(&out).await { going } else { Going::Silent }
}

/// The offers we accept of those a client makes: the version, and `syslog` when it offers that.
fn accept_offers(data: &[u8]) -> Result<String, &'static str> {
    let text = String::from_utf8_lossy(data);
    let offer = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let version = offer("relp_version").ok_or("offer relp_version is missing")?.trim();
    // Version 0 is what librelp says, with the same meaning.
    let version = if version == "0" { "0" } else { "1" };
    let syslog = offer("commands").is_none_or(|list| list.split(',').any(|c| c.trim() == "syslog"));
    let commands = if syslog { "\ncommands=syslog" } else { "" };
    Ok(format!("relp_version={version}\n{SOFTWARE}{commands}"))
}

fn break_off<S: AsyncRead + AsyncWrite + Send + Unpin>(link: &Link<S>, held: usize, error: FrameError) -> Going {
    let remedy = match error {
        FrameError::Tls => "send to the port of RELP over TLS, or switch TLS off at the sender",
        FrameError::Number => {
            "the sender does not speak RELP; set it to RELP (omrelp), or send to the port of syslog over TCP"
        }
        _ => "update the sender; the connection was closed, and it repeats what was not acknowledged",
    };
    link.framing_error(1, held, error.to_string(), remedy);
    Going::Silent
}

/// A reason as the protocol allows it: one line, short.
fn plain(reason: &str) -> String {
    reason.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).take(REASON_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_answered_with_what_both_know() {
        let data = b"relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog";
        let offers = accept_offers(data).expect("accepted");
        assert!(offers.starts_with("relp_version=0\nrelp_software=mangrove,") && offers.ends_with("\ncommands=syslog"));
        assert!(accept_offers(b"\nrelp_version=1\ncommands=eventlog,other").is_ok_and(|o| !o.contains("commands")));
        assert!(accept_offers(b"commands=syslog").is_err());
    }

    #[test]
    fn a_reason_fits_on_a_line() {
        assert_eq!(plain("disk\nfull: 0 B"), "disk full: 0 B");
        assert_eq!(plain(&"x".repeat(500)).len(), REASON_CHARS);
    }
}
