-- People who sign in, what they are trusted with, and where they are signed in.
CREATE TABLE identity_account (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    email TEXT,
    password_hash TEXT NOT NULL,
    must_change BIGINT NOT NULL,
    locked_at BIGINT,
    locked_why TEXT,
    lang TEXT,
    theme TEXT,
    created_at BIGINT NOT NULL,
    password_changed_at BIGINT NOT NULL,
    last_sign_in BIGINT
);

-- A role over the province (unit_id null) or one unit, for a time. Taken grants stay as history.
CREATE TABLE identity_grant (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    role TEXT NOT NULL,
    unit_id TEXT,
    valid_from BIGINT,
    valid_until BIGINT,
    granted_by TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX identity_grant_account ON identity_grant (account_id);

-- The secret of the cookie is kept only as its SHA-256.
CREATE TABLE identity_session (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    created_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    peer TEXT,
    agent TEXT,
    revoked_at BIGINT
);
CREATE INDEX identity_session_account ON identity_session (account_id);

-- Browsers a person has signed in from: attempts from these are counted apart, so that guessing
-- from elsewhere cannot keep the person out.
CREATE TABLE identity_device (
    token_hash TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    last_used BIGINT NOT NULL,
    PRIMARY KEY (token_hash, account_id)
);
