-- A list of units that was read from a file and waits for its person's word. One per person; what is in it is written
-- nowhere else before that.
CREATE TABLE org_import (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    file_name TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- JSON: columns, rows with their numbers, and what the reader told.
    content TEXT NOT NULL
);
CREATE INDEX org_import_account ON org_import (account);
