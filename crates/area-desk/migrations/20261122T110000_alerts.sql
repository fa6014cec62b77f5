-- Rules as they were when they fired: an alert keeps the text that raised it.
CREATE TABLE desk_rule (
    rule        TEXT NOT NULL,
    digest      TEXT NOT NULL,
    title       TEXT NOT NULL,
    severity    BIGINT NOT NULL,
    file        TEXT NOT NULL,
    source_text TEXT NOT NULL,
    attack      TEXT NOT NULL,
    first_seen  BIGINT NOT NULL,
    PRIMARY KEY (rule, digest)
);

CREATE TABLE desk_alert (
    id          TEXT PRIMARY KEY,
    rule        TEXT NOT NULL,
    rule_digest TEXT NOT NULL,
    title       TEXT NOT NULL,
    severity    BIGINT NOT NULL,
    unit        TEXT,
    entity_kind TEXT NOT NULL,
    entity_name TEXT NOT NULL,
    group_key   TEXT NOT NULL,
    host        TEXT,
    explain     TEXT NOT NULL,
    search_text TEXT NOT NULL,
    state       TEXT NOT NULL,
    version     BIGINT NOT NULL,
    holder      TEXT,
    holder_name TEXT,
    raised_at   BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    first_seen  BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,
    detections  BIGINT NOT NULL
);
CREATE INDEX desk_alert_group ON desk_alert (group_key, last_seen);
CREATE INDEX desk_alert_raised ON desk_alert (raised_at, id);
CREATE INDEX desk_alert_seen ON desk_alert (last_seen, id);
CREATE INDEX desk_alert_severity ON desk_alert (severity, raised_at, id);
CREATE INDEX desk_alert_unit ON desk_alert (unit, raised_at);
CREATE INDEX desk_alert_state ON desk_alert (state, raised_at);

-- One row per detection, so that a replay counts nothing twice; evidence only for the first few.
CREATE TABLE desk_detection (
    detection TEXT PRIMARY KEY,
    alert     TEXT NOT NULL REFERENCES desk_alert (id),
    time      BIGINT NOT NULL,
    position  BIGINT NOT NULL,
    evidence  TEXT
);
CREATE INDEX desk_detection_alert ON desk_detection (alert, position);

CREATE TABLE desk_history (
    id         TEXT PRIMARY KEY,
    alert      TEXT NOT NULL REFERENCES desk_alert (id),
    at         BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    kind       TEXT NOT NULL,
    from_state TEXT,
    to_state   TEXT,
    note       TEXT NOT NULL
);
CREATE INDEX desk_history_alert ON desk_history (alert, id);
