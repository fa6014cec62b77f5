-- Which key the sealed values of these records were made with: its fingerprint, never the key.
-- The newest row counts.
CREATE TABLE secret_key (
    key_id TEXT NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);
