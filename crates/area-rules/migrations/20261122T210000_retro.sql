-- Hunts of a rule through the stored events. `units` are those whose events were looked at, separated by
-- commas; NULL is the whole province. The result is JSON.
CREATE TABLE rules_retro (
    id          TEXT PRIMARY KEY,
    rule        TEXT NOT NULL,
    title       TEXT NOT NULL,
    from_at     BIGINT,
    until_at    BIGINT NOT NULL,
    state       TEXT NOT NULL,
    events      BIGINT NOT NULL,
    hits        BIGINT NOT NULL,
    result      TEXT NOT NULL,
    message     TEXT,
    units       TEXT,
    by_account  TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    at          BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX rules_retro_rule ON rules_retro (rule, at);
