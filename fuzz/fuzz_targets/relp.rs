//! RELP frames: whatever comes, in whatever pieces, memory is bounded and the frames are the same.
#![no_main]

use engine_intake::relp::frame::{Decoder, FrameError, RelpFrame};
use libfuzzer_sys::fuzz_target;

/// Longest message that is kept.
const MOST: usize = 256;
/// What a decoder may hold: a control frame of 16 KiB with its header.
const HELD: usize = 17 * 1024;

fn decode(pieces: &[&[u8]]) -> (Vec<RelpFrame>, Option<FrameError>) {
    let (mut decoder, mut frames) = (Decoder::new(MOST), Vec::new());
    for piece in pieces {
        decoder.buffer().extend_from_slice(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
        assert!(decoder.held() <= HELD + piece.len());
    }
    (frames, None)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (step, bytes) = input;
    let pieces: Vec<&[u8]> = bytes.chunks(usize::from(step).max(1)).collect();
    let (frames, fault) = decode(&pieces);
    let whole = decode(&[bytes]);
    // TLS is only told from its first two bytes together; one alone is no number.
    let told = |fault: Option<FrameError>| fault.map(|f| if f == FrameError::Tls { FrameError::Number } else { f });
    assert_eq!((&frames, told(fault)), (&whole.0, told(whole.1)));
    assert!(frames.iter().all(|f| f.data.len() <= MOST.max(16 * 1024)));
});
