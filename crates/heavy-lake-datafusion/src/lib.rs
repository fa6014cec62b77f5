//! The event lake on Parquet and DataFusion.
