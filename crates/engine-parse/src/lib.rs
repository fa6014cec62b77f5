//! Decoders and log sources: bytes in, events out.
