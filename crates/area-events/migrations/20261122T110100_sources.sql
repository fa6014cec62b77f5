-- A place events come from. Tokens are kept as SHA-256 only.
CREATE TABLE events_source (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    unit         TEXT,
    transport    TEXT NOT NULL,
    hint         TEXT,
    peers        TEXT NOT NULL,
    silent_after BIGINT NOT NULL,
    enabled      BIGINT NOT NULL,
    declared     BIGINT NOT NULL,
    token_hash   TEXT,
    token_tail   TEXT,
    token_at     BIGINT,
    created_at   BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX events_source_token ON events_source (token_hash);
CREATE UNIQUE INDEX events_source_name ON events_source (name);
CREATE INDEX events_source_unit ON events_source (unit);

CREATE TABLE events_source_total (
    source     TEXT PRIMARY KEY REFERENCES events_source (id),
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    events     BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    unparsed   BIGINT NOT NULL,
    truncated  BIGINT NOT NULL,
    not_utf8   BIGINT NOT NULL,
    no_time    BIGINT NOT NULL
);

-- Counts per source and minute of receipt; kept for eight days.
CREATE TABLE events_minute (
    source   TEXT NOT NULL,
    minute   BIGINT NOT NULL,
    events   BIGINT NOT NULL,
    bytes    BIGINT NOT NULL,
    unparsed BIGINT NOT NULL,
    PRIMARY KEY (source, minute)
);
CREATE INDEX events_minute_minute ON events_minute (minute);

-- What was not taken in, by whom and why; one row per day, sender and reason.
CREATE TABLE events_refusal (
    day       TEXT NOT NULL,
    transport TEXT NOT NULL,
    sender    TEXT NOT NULL,
    reason    TEXT NOT NULL,
    source    TEXT,
    unit      TEXT,
    detail    TEXT NOT NULL,
    records   BIGINT NOT NULL,
    last_at   BIGINT NOT NULL,
    PRIMARY KEY (day, transport, sender, reason)
);
CREATE INDEX events_refusal_last ON events_refusal (last_at);

CREATE TABLE events_upload (
    id          TEXT PRIMARY KEY,
    source      TEXT NOT NULL REFERENCES events_source (id),
    unit        TEXT,
    file_name   TEXT NOT NULL,
    bytes       BIGINT NOT NULL,
    format      TEXT,
    state       TEXT NOT NULL,
    records     BIGINT NOT NULL,
    skipped     BIGINT NOT NULL,
    lost        BIGINT NOT NULL,
    message     TEXT,
    by_account  TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    at          BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX events_upload_at ON events_upload (at, id);

CREATE TABLE events_upload_skip (
    upload   TEXT NOT NULL REFERENCES events_upload (id),
    position BIGINT NOT NULL,
    input    TEXT NOT NULL,
    place    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    remedy   TEXT NOT NULL,
    lost     BIGINT NOT NULL,
    PRIMARY KEY (upload, position)
);

-- How far a consumer of the journal has come; written in the transaction of its results.
CREATE TABLE events_checkpoint (
    consumer TEXT PRIMARY KEY,
    instance TEXT NOT NULL,
    next_seq BIGINT NOT NULL,
    warm_seq BIGINT NOT NULL,
    at       BIGINT NOT NULL
);
