-- What a source is known by besides addresses: subjects or fingerprints of certificates, watched folders; one per line.
ALTER TABLE events_source ADD COLUMN identities TEXT NOT NULL DEFAULT '';

-- Counts per source and hour of receipt, kept for five weeks: what is normal for an hour of the day.
-- Lag is the time from the event to its receipt, in milliseconds, of those events that carry a time.
CREATE TABLE events_hour (
    source   TEXT NOT NULL,
    hour     BIGINT NOT NULL,
    events   BIGINT NOT NULL,
    bytes    BIGINT NOT NULL,
    unparsed BIGINT NOT NULL,
    timed    BIGINT NOT NULL,
    lag_sum  BIGINT NOT NULL,
    lag_most BIGINT NOT NULL,
    ahead    BIGINT NOT NULL,
    PRIMARY KEY (source, hour)
);
CREATE INDEX events_hour_hour ON events_hour (hour);

-- The last few records of a source that no definition could read.
CREATE TABLE events_unread (
    source TEXT NOT NULL,
    slot   BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    kind   TEXT NOT NULL,
    raw    TEXT NOT NULL,
    PRIMARY KEY (source, slot)
);

-- Names of fields by source and kind of record, and since when.
CREATE TABLE events_field (
    source     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (source, kind, name)
);
