//! Syslog on one connection (RFC 6587, and RFC 5425 §4.3 inside TLS).

use super::{Arrived, Link};
use crate::counters::add;
use crate::framing::{Frame, Framer};
use crate::serve::Handed;
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

/// How often a connection is still read after the stop.
const LAST_READS: usize = 64;
/// First byte of a TLS handshake record (RFC 8446 §5.1), which no syslog record begins with.
const TLS_HANDSHAKE: u8 = 0x16;

/// Reads records until the sender or the program ends.
pub(crate) async fn talk<S: AsyncRead + AsyncWrite + Send + Unpin>(mut link: Link<S>) {
    let mut framer = Framer::new(link.shared.options.max_record_bytes);
    let mut stopping = 0;
    loop {
        let more = match link.read(framer.buffer()).await {
            Arrived::Bytes => true,
            Arrived::End => false,
            Arrived::Stop => {
                stopping += 1;
                stopping <= LAST_READS && link.read_last(framer.buffer()).await
            }
        };
        if more && link.total() == framer.held() as u64 && framer.buffer().starts_with(&[TLS_HANDSHAKE, 3]) {
            let reason = "the sender speaks TLS, this port does not".to_owned();
            link.framing_error(0, framer.held(), reason, "send to the port of syslog over TLS, or switch TLS off");
        }
        if !pass_on(&mut link, &mut framer).await {
            return;
        }
        if !more {
            break;
        }
    }
    let rest = framer.finish().map(|frame| (frame.bytes, frame.truncated));
    give(&mut link, Vec::from_iter(rest)).await;
    link.close().await;
}

/// Hands over all whole records of the buffer, in batches; `false` when the program stops.
async fn pass_on<S: AsyncRead + AsyncWrite + Send + Unpin>(link: &mut Link<S>, framer: &mut Framer) -> bool {
    let most = link.shared.options.batch_records.max(1);
    let mut completed = false;
    loop {
        let frames: Vec<_> = std::iter::from_fn(|| framer.next_frame()).take(most).map(parts).collect();
        let errors = framer.take_errors();
        if errors > 0 {
            let reason = "octet counting broke down; the rest of this connection is read line by line".to_owned();
            let remedy =
                "have the sender count the bytes of each message (RFC 6587 §3.4.1), or end each with a line feed";
            link.framing_error(errors, framer.held(), reason, remedy);
        }
        if frames.is_empty() {
            break;
        }
        completed = true;
        if !give(link, frames).await {
            return false;
        }
    }
    link.progress(completed, framer.is_amid_record());
    if link.must_cut(framer.held()) {
        let cut = framer.cut_now().map(parts);
        return give(link, Vec::from_iter(cut)).await;
    }
    true
}

fn parts(frame: Frame) -> (Bytes, bool) {
    (frame.bytes, frame.truncated)
}

/// Syslog has no acknowledgement: what the sink does not take at the stop is lost, and counted.
async fn give<S: AsyncRead + AsyncWrite + Send + Unpin>(link: &mut Link<S>, frames: Vec<(Bytes, bool)>) -> bool {
    let count = frames.len();
    let handed = link.hand_over(frames).await;
    if handed == Handed::Stopped {
        add(&link.shared.counters.dropped, count);
    }
    handed != Handed::Stopped
}
