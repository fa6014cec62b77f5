-- What a person is told at the next sign-in: that a way to sign in was added, removed or used up.
CREATE TABLE identity_notice (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    kind TEXT NOT NULL,
    -- Name of a key or provider.
    detail TEXT NOT NULL,
    at BIGINT NOT NULL,
    by_name TEXT NOT NULL,
    peer TEXT,
    seen_at BIGINT
);
CREATE INDEX identity_notice_account ON identity_notice (account_id, seen_at);
