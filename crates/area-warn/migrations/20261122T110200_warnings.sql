CREATE TABLE warn_counter (
    year BIGINT PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE warn_warning (
    id           TEXT PRIMARY KEY,
    year         BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    code         TEXT NOT NULL,
    unit         TEXT NOT NULL,
    alert        TEXT,
    alert_title  TEXT,
    severity     BIGINT NOT NULL,
    subject      TEXT NOT NULL,
    body         TEXT NOT NULL,
    search_text  TEXT NOT NULL,
    due_at       BIGINT NOT NULL,
    state        TEXT NOT NULL,
    version      BIGINT NOT NULL,
    issued_by    TEXT NOT NULL,
    issued_name  TEXT NOT NULL,
    issued_at    BIGINT NOT NULL,
    delivered_at BIGINT,
    read_at      BIGINT,
    read_name    TEXT,
    ack_at       BIGINT,
    ack_name     TEXT,
    ack_note     TEXT,
    reminders    BIGINT NOT NULL,
    reminded_at  BIGINT,
    UNIQUE (year, number)
);
CREATE INDEX warn_warning_unit ON warn_warning (unit, issued_at);
CREATE INDEX warn_warning_issued ON warn_warning (issued_at, id);
CREATE INDEX warn_warning_due ON warn_warning (state, due_at);
CREATE INDEX warn_warning_alert ON warn_warning (alert);

CREATE TABLE warn_outbox (
    id         TEXT PRIMARY KEY,
    warning    TEXT NOT NULL REFERENCES warn_warning (id),
    unit       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    to_name    TEXT NOT NULL,
    to_address TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    state      TEXT NOT NULL,
    attempts   BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT
);
CREATE INDEX warn_outbox_next ON warn_outbox (state, next_at);
CREATE INDEX warn_outbox_warning ON warn_outbox (warning, id);

CREATE TABLE warn_history (
    id         TEXT PRIMARY KEY,
    warning    TEXT NOT NULL REFERENCES warn_warning (id),
    at         BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    kind       TEXT NOT NULL,
    note       TEXT NOT NULL
);
CREATE INDEX warn_history_warning ON warn_history (warning, id);
