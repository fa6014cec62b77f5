-- Invitations to accounts nobody has signed in with yet: a link, good once and for a time, kept as its SHA-256.
CREATE TABLE identity_invitation (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_invitation_account ON identity_invitation (account_id);
