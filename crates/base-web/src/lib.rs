//! Web glue: areas, sessions, CSRF, headers, errors, event streams.
