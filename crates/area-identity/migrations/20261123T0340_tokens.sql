-- Tokens of programs that act for a person, with a part of the person's rights and an end.
CREATE TABLE identity_token (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    name TEXT NOT NULL,
    -- SHA-256 of the token; beside it the beginning, by which people tell tokens apart.
    token_hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    -- Words of actions, separated by spaces.
    actions TEXT NOT NULL,
    -- The one unit it is for; null = all units of the person.
    unit_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used BIGINT,
    revoked_at BIGINT,
    revoked_by TEXT
);
CREATE INDEX identity_token_account ON identity_token (account_id);
