-- Public keys of people's authenticators (WebAuthn). Nothing here is secret.
CREATE TABLE identity_passkey (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES identity_account (id),
    name TEXT NOT NULL,
    -- As the authenticator named it, base64url.
    credential TEXT NOT NULL UNIQUE,
    -- COSE algorithm (-7, -8, -257) and SubjectPublicKeyInfo, base64url.
    algorithm BIGINT NOT NULL,
    public_key TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    last_used BIGINT
);
CREATE INDEX identity_passkey_account ON identity_passkey (account_id);
