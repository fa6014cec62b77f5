//! Types and rules, without storage or HTTP.

pub(crate) mod account;
pub(crate) mod password;
pub(crate) mod throttle;
pub(crate) mod token;
