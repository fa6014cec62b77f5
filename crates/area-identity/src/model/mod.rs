//! Types and rules, without storage or HTTP.

pub(crate) mod account;
mod common;
pub(crate) mod documents;
pub(crate) mod factor;
pub(crate) mod notice;
pub(crate) mod password;
pub(crate) mod program;
pub(crate) mod provider;
pub(crate) mod review;
pub(crate) mod throttle;
pub(crate) mod token;
pub(crate) mod totp;
pub(crate) mod waiting;
