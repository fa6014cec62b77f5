//! The record of acts: hash-chained audit entries written with the change they describe.
