//! Receiving a body, bounded in length, in time, and in what all bodies hold.

use super::Denied;
use super::held::Share;
use crate::HttpOptions;
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Longest body that is read although nobody wants it, and how long that may take.
const DRAINED: u64 = 256 * 1024;
const DRAINING: Duration = Duration::from_secs(1);

/// Reads what is left of a short body that is refused: a connection that is closed with bytes unread can cost
/// the sender the answer that tells it why.
pub(crate) async fn drain<B>(body: &mut B)
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.is_end_stream() || body.size_hint().upper().is_none_or(|length| length > DRAINED) {
        return;
    }
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(DRAINING, rest).await;
}

/// Reads the whole body.
///
/// # Errors
/// [`Denied`] with 413 when it is too long, 429 when too much is held of others, 408 when it stalls, 400
/// when it ends early.
pub(crate) async fn receive<B>(mut body: B, share: &mut Share, options: &HttpOptions) -> Result<Bytes, Denied>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let most = options.max_body_bytes;
    let too_long = || {
        let remedy = "send fewer records per request, or compress them";
        Denied::new(413, "too-large", format!("the body is longer than {most} bytes"), remedy)
    };
    // Said in advance: not even begun.
    if body.size_hint().lower() > most as u64 {
        return Err(too_long());
    }
    let end = Instant::now() + options.body_timeout;
    let mut whole = BytesMut::new();
    loop {
        let deadline = end.min(Instant::now() + options.body_silence);
        let frame = match timeout_at(deadline, body.frame()).await {
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => {
                tracing::debug!(%error, "a body broke off");
                let message = "the body ended before it was complete";
                return Err(Denied::new(400, "bad-body", message, "send it again"));
            }
            Err(_) => {
                let message = "the body did not come in time";
                let remedy = "look at the network to the sender; send it again, in smaller requests";
                return Err(Denied::new(408, "slow", message, remedy));
            }
        };
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > most {
            return Err(too_long());
        }
        if !share.grow(data.len()) {
            let message = "too much is being received at the moment";
            return Err(Denied::new(429, "busy", message, "send the same again a little later").later(2));
        }
        // Copied, so that a few bytes do not keep the whole buffer of the connection.
        whole.extend_from_slice(&data);
    }
}
