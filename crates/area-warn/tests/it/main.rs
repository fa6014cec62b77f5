//! Warnings over a real database and a real mail server on the loopback address.

mod answers;
mod given;
mod issuing;
mod mails;
