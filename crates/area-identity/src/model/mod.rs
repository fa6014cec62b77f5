//! Types and rules, without storage or HTTP.

pub(crate) mod account;
pub(crate) mod factor;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod program;
pub(crate) mod review;
pub(crate) mod throttle;
pub(crate) mod token;
pub(crate) mod totp;
