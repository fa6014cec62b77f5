-- Lists of indicators that people made; those that content describes have a row once they were touched.
-- `spec` is the description as JSON, absent for lists of content.
CREATE TABLE rules_list (
    id         TEXT PRIMARY KEY,
    spec       TEXT,
    is_on      BIGINT NOT NULL,
    by_account TEXT NOT NULL,
    by_name    TEXT NOT NULL,
    at         BIGINT NOT NULL
);

-- The files of a list: at most one that is in force and one that waits. The bytes lie compressed in the
-- data folder under the id; `digest` is of the text as it was handed in.
CREATE TABLE rules_list_file (
    id            TEXT PRIMARY KEY,
    list          TEXT NOT NULL,
    state         TEXT NOT NULL,
    name          TEXT NOT NULL,
    format        TEXT NOT NULL,
    digest        TEXT NOT NULL,
    bytes         BIGINT NOT NULL,
    added         BIGINT NOT NULL,
    unwanted      BIGINT NOT NULL,
    other_kinds   TEXT NOT NULL,
    mistakes      TEXT NOT NULL,
    more_mistakes BIGINT NOT NULL,
    by_account    TEXT NOT NULL,
    by_name       TEXT NOT NULL,
    at            BIGINT NOT NULL,
    active_at     BIGINT,
    UNIQUE (list, state)
);

-- Indicators of a list that were found and not told, per hour (hours since 1970 UTC).
CREATE TABLE rules_list_untold (
    list    TEXT NOT NULL,
    hour    BIGINT NOT NULL,
    allowed BIGINT NOT NULL,
    expired BIGINT NOT NULL,
    PRIMARY KEY (list, hour)
);

-- What people allow beside what content allows: one row.
CREATE TABLE rules_allow (
    one     BIGINT PRIMARY KEY,
    text    TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at      BIGINT NOT NULL
);

-- What behaviours remember, in parts: base64 of the compressed checkpoint. It was taken before the event of
-- this number of this journal.
CREATE TABLE rules_memory (
    part     BIGINT PRIMARY KEY,
    instance TEXT NOT NULL,
    next     BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    text     TEXT NOT NULL
);
