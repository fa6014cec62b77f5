//! Rules in the plain form in which nearly all are written, read quickly.
//!
//! Reading YAML by the full parser takes most of the time of loading rules. Rules use little of the
//! language: mappings and lists by indentation, texts with and without quotes, blocks of text. That
//! much is read here ([`yaml`]) and made into a rule ([`rule`]). Whatever is not surely of that form
//! (anchors, tags, flow lists, an unknown status, any mistake) is *declined*: `None`, and the full
//! parser reads the document and tells what is wrong. So nothing is understood here in another way
//! than there; tests hold both against each other on all public rules and on texts made from them.

mod rule;
mod yaml;

pub(crate) use rule::{Conditions, read_rule};

#[cfg(test)]
mod tests;
