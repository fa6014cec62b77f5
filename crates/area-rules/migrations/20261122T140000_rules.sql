-- Hits of a rule per hour (hours since 1970 UTC). Companions: ids of the rules of the same or a
-- higher level that matched every one of these events too, as a JSON list.
CREATE TABLE rules_hit (
    rule       TEXT NOT NULL,
    hour       BIGINT NOT NULL,
    hits       BIGINT NOT NULL,
    hidden     BIGINT NOT NULL,
    last       BIGINT NOT NULL,
    companions TEXT NOT NULL,
    PRIMARY KEY (rule, hour)
);
CREATE INDEX rules_hit_hour ON rules_hit (hour);

-- Events per log source and hour; an attribute that is not known is the empty text.
CREATE TABLE rules_source (
    product  TEXT NOT NULL,
    category TEXT NOT NULL,
    service  TEXT NOT NULL,
    hour     BIGINT NOT NULL,
    events   BIGINT NOT NULL,
    PRIMARY KEY (product, category, service, hour)
);
CREATE INDEX rules_source_hour ON rules_source (hour);

-- Fields that came with a value, and when that was last noticed (at most a day late).
CREATE TABLE rules_field (
    product  TEXT NOT NULL,
    category TEXT NOT NULL,
    service  TEXT NOT NULL,
    field    TEXT NOT NULL,
    seen_at  BIGINT NOT NULL,
    PRIMARY KEY (product, category, service, field)
);

-- Since when the pipeline counts: one row.
CREATE TABLE rules_watch (
    one   BIGINT PRIMARY KEY,
    since BIGINT NOT NULL
);

-- Rules that are switched off.
CREATE TABLE rules_switch (
    rule       TEXT PRIMARY KEY,
    reason     TEXT NOT NULL,
    by_account TEXT NOT NULL,
    by_name    TEXT NOT NULL,
    at         BIGINT NOT NULL
);

-- Tuning filters, with what they hid.
CREATE TABLE rules_filter (
    id          TEXT PRIMARY KEY,
    rule        TEXT NOT NULL,
    conditions  TEXT NOT NULL,
    reason      TEXT NOT NULL,
    by_account  TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    at          BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    ended_at    BIGINT,
    ended_by    TEXT,
    hidden      BIGINT NOT NULL,
    last_hidden BIGINT
);
CREATE INDEX rules_filter_rule ON rules_filter (rule, at);

-- A sample of what each filter hid: the first and every so many-th.
CREATE TABLE rules_hidden (
    filter      TEXT NOT NULL REFERENCES rules_filter (id),
    detection   TEXT NOT NULL,
    time        BIGINT NOT NULL,
    unit        TEXT,
    entity_kind TEXT NOT NULL,
    entity_name TEXT NOT NULL,
    event       TEXT NOT NULL,
    fields      TEXT NOT NULL,
    PRIMARY KEY (filter, detection)
);
CREATE INDEX rules_hidden_time ON rules_hidden (filter, time);

-- Imported rule packs. At most one is active; `former` is what was active before it.
CREATE TABLE rules_pack (
    id         TEXT PRIMARY KEY,
    number     BIGINT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    state      TEXT NOT NULL,
    rules      BIGINT NOT NULL,
    mistakes   TEXT NOT NULL,
    preview    TEXT,
    by_account TEXT NOT NULL,
    by_name    TEXT NOT NULL,
    at         BIGINT NOT NULL,
    active_at  BIGINT,
    former     TEXT
);

CREATE TABLE rules_pack_file (
    pack TEXT NOT NULL REFERENCES rules_pack (id),
    path TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (pack, path)
);

-- Replays of attack samples: how many of how many are detected.
CREATE TABLE rules_proof (
    id       TEXT PRIMARY KEY,
    at       BIGINT NOT NULL,
    suite    TEXT NOT NULL,
    total    BIGINT NOT NULL,
    detected BIGINT NOT NULL,
    missed   TEXT NOT NULL,
    rules    BIGINT NOT NULL,
    by_name  TEXT NOT NULL
);
CREATE INDEX rules_proof_at ON rules_proof (suite, at);
