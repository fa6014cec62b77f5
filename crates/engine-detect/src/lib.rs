//! Detection: rule packs, correlation, explanations, alerts.
