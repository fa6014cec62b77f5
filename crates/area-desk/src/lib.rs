//! The desk: alerts and their pages, overview of the province.
