//! Components of the console: tokens, tables, forms, badges, page frame.
