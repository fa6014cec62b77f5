-- From version 2 on a row also says with which roles the person acted, and repeats the hash of the row before,
-- so that a broken place can be told apart: altered, removed, put in, or moved.
ALTER TABLE audit_act ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE audit_act ADD COLUMN roles TEXT;
ALTER TABLE audit_act ADD COLUMN previous TEXT;
CREATE INDEX audit_act_account ON audit_act (account, seq);
CREATE INDEX audit_act_action ON audit_act (action, seq);
CREATE INDEX audit_act_unit ON audit_act (unit_id, seq);

-- What was signed: the number of rows, the root of the tree over their hashes, and the note as given out.
CREATE TABLE audit_checkpoint (
    size BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    root TEXT NOT NULL,
    note TEXT NOT NULL,
    sent_at BIGINT,
    sent_to TEXT
);
