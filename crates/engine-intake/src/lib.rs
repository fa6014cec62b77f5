//! Receiving events: syslog and bounded line framing.
