-- Providers of sign-ins (OpenID Connect) that an administrator has set up.
CREATE TABLE identity_provider (
    id TEXT NOT NULL PRIMARY KEY,
    -- On the button.
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    -- Sealed under the key of the installation.
    secret TEXT,
    scopes TEXT NOT NULL,
    -- The claim that names the account.
    claim TEXT NOT NULL,
    -- Words of amr or acr that count as a second factor, with blanks between.
    factor_words TEXT NOT NULL,
    -- Whether who is not linked gets an account without roles.
    creates BIGINT NOT NULL,
    active BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Which account at a provider is which account here. Only people make these: the person, or an administrator.
CREATE TABLE identity_link (
    id TEXT NOT NULL PRIMARY KEY,
    provider_id TEXT NOT NULL REFERENCES identity_provider (id),
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    subject TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    last_used BIGINT,
    UNIQUE (provider_id, subject),
    UNIQUE (provider_id, account_id)
);
CREATE INDEX identity_link_account ON identity_link (account_id);
