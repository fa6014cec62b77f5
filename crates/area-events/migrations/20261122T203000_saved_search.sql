-- Searches people have kept. The unit is that of the keeper; `shared` ones are shown to whoever may
-- search that unit's events (NULL: the province's people).
CREATE TABLE events_saved_search (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    query      TEXT NOT NULL,
    owner      TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    shared     BIGINT NOT NULL,
    unit       TEXT,
    at         BIGINT NOT NULL
);
CREATE INDEX events_saved_search_owner ON events_saved_search (owner);
CREATE INDEX events_saved_search_unit ON events_saved_search (shared, unit);
