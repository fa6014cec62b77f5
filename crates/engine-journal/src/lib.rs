//! The journal: append, checksum, group commit, then acknowledge.
