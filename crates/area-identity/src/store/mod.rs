//! The only place of the area with SQL.

pub(crate) mod account;
pub(crate) mod factor;
pub(crate) mod grant;
pub(crate) mod invitation;
pub(crate) mod notice;
pub(crate) mod passkey;
pub(crate) mod program;
pub(crate) mod provider;
pub(crate) mod review;
pub(crate) mod session;
