//! The plan: indicators with declared and measured values.
