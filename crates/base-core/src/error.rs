//! The one error of areas and pages: a kind, a message for people, and the fields at fault.

use std::fmt;

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in the terms a caller acts on. Mapped to HTTP once, in `base-web`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No such thing, or the person may not know of it (HTTP 404).
    NotFound,
    /// The person knows of it but may not do this (HTTP 403).
    Forbidden,
    /// Not signed in (HTTP 401, or the sign-in page).
    Unauthenticated,
    /// The record has changed meanwhile, or the state does not allow it (HTTP 409).
    Conflict,
    /// The input is wrong; see [`Error::fields`] (HTTP 422).
    Invalid,
    /// Too much at the moment; try again (HTTP 429).
    Busy,
    /// A part that is needed does not answer (HTTP 503).
    Unavailable,
    /// A defect of the program (HTTP 500).
    Bug,
}

/// A field of a form or request that is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the field as in the form or JSON.
    pub field: String,
    /// String key or text of the reason.
    pub message: String,
}

/// An error of an operation.
#[derive(Debug)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: Kind,
    /// What was wrong, with which input, and what to do; lower case.
    pub message: String,
    /// For [`Kind::Invalid`]: which fields.
    pub fields: Vec<FieldError>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` with a message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), fields: Vec::new(), source: None }
    }

    /// No such thing.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, what)
    }

    /// A wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut error = Self::new(Kind::Invalid, message.clone());
        error.fields.push(FieldError { field: field.into(), message });
        error
    }

    /// A defect, with what caused it.
    pub fn bug(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::new(Kind::Bug, cause.to_string()).caused_by(cause)
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(cause));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn std::error::Error + 'static))
    }
}
