-- Reviews of who may do what: a list of all grants as they stood when it began, each kept or taken.
CREATE TABLE identity_review (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    opened_by TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    closed_at BIGINT,
    closed_by TEXT,
    -- SHA-256 of the evidence file as closed; the same stands in the audit trail.
    digest TEXT
);

-- Names as they were, so that the evidence does not change with the accounts.
CREATE TABLE identity_review_item (
    review_id TEXT NOT NULL REFERENCES identity_review (id),
    grant_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    unit TEXT,
    granted_at BIGINT NOT NULL,
    granted_by TEXT NOT NULL,
    valid_until BIGINT,
    delegated BIGINT NOT NULL,
    last_seen BIGINT,
    -- kept, taken, over (ended by itself before the closing).
    decision TEXT,
    why TEXT,
    decided_at BIGINT,
    decided_by TEXT,
    -- Whether the person decided about himself.
    own BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (review_id, grant_id)
);
