//! Database access: pools, migrations and transactions.
