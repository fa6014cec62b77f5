//! Offline detection over files and folders.
