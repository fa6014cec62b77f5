//! Syslog framing: whatever comes, in whatever pieces, memory is bounded and the records are the same.
#![no_main]

use engine_intake::framing::{Frame, Framer};
use libfuzzer_sys::fuzz_target;

/// Longest record that is kept.
const MOST: usize = 256;

fn cut(pieces: &[&[u8]]) -> (Vec<Frame>, usize) {
    let (mut framer, mut frames, mut errors) = (Framer::new(MOST), Vec::new(), 0);
    for piece in pieces {
        framer.buffer().extend_from_slice(piece);
        while let Some(frame) = framer.next_frame() {
            frames.push(frame);
        }
        errors += framer.take_errors();
        assert!(framer.held() <= MOST + 16 + piece.len());
    }
    frames.extend(framer.finish());
    (frames, errors)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (step, bytes) = input;
    let pieces: Vec<&[u8]> = bytes.chunks(usize::from(step).max(1)).collect();
    let frames = cut(&pieces);
    assert_eq!(frames, cut(&[bytes]));
    assert!(frames.0.iter().all(|f| f.bytes.len() <= MOST));
    // Cut short at any moment, it goes on.
    let mut framer = Framer::new(MOST);
    for piece in pieces {
        framer.buffer().extend_from_slice(piece);
        let _ = framer.next_frame();
        let _ = framer.cut_now();
    }
    let _ = framer.finish();
});
