-- The secret of a person's authenticator app, sealed under the key of the installation.
CREATE TABLE identity_totp (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES identity_account (id),
    secret TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- The last step (30 s since the epoch) a code was accepted for: none is accepted twice.
    last_step BIGINT NOT NULL
);

-- Codes for the day the phone is lost: SHA-256 of 80 random bits, each good once.
CREATE TABLE identity_recovery (
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    code_hash TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_id, code_hash)
);

-- Sign-ins between password and code. Not sessions: they open nothing but the second step.
CREATE TABLE identity_half (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    agent TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- By what the person was recognised: password, totp, recovery.
ALTER TABLE identity_session ADD COLUMN factor TEXT NOT NULL DEFAULT 'password';
