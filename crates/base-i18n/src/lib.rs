//! Strings of the interface in Vietnamese and English.
