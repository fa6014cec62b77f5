//! Sigma rules: compile and evaluate.
