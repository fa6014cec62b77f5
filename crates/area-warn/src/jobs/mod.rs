//! What runs by itself: sending mail, reminding units.

pub mod send_mail;
pub mod smtp;

pub use send_mail::{MailJob, deliver_due};
