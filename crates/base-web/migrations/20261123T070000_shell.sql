-- What a person has chosen of the console: columns of a table, whether single keys act.
CREATE TABLE web_preference (
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (account, name)
);

-- What has happened that somebody should know. For one account, or for whoever has the right (action) over the unit;
-- without a unit, over the whole province. Who may see a row is decided anew at every look.
CREATE TABLE web_notice (
    id      TEXT PRIMARY KEY,
    said    TEXT NOT NULL UNIQUE,
    kind    TEXT NOT NULL,
    tone    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    account TEXT,
    action  TEXT,
    unit_id TEXT,
    actor   TEXT NOT NULL,
    words   TEXT NOT NULL,
    href    TEXT NOT NULL
);
CREATE INDEX web_notice_at ON web_notice (at, id);
CREATE INDEX web_notice_account ON web_notice (account, at);

-- Read one by one, and all up to a moment at once.
CREATE TABLE web_notice_read (
    account TEXT NOT NULL,
    notice  TEXT NOT NULL,
    PRIMARY KEY (account, notice)
);
CREATE TABLE web_notice_seen (
    account TEXT PRIMARY KEY,
    until   BIGINT NOT NULL
);
