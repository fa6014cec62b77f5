-- Sources whose silence has been told, until they are heard again or switched off.
CREATE TABLE events_silence (
    source    TEXT PRIMARY KEY REFERENCES events_source (id),
    since     BIGINT NOT NULL,
    alert_key TEXT NOT NULL,
    told_at   BIGINT NOT NULL
);

-- Times in which the disk was full and new events were refused. `ended` is empty while it lasts. Requests by HTTP were
-- sent back to be repeated, datagrams are lost; senders over TCP and RELP had to wait.
CREATE TABLE events_gap (
    began    BIGINT PRIMARY KEY,
    ended    BIGINT,
    requests BIGINT NOT NULL,
    lost     BIGINT NOT NULL
);
