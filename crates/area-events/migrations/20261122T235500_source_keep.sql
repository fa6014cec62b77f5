-- How long the events of a source are kept, in days; NULL as the level of its unit's systems demands.
ALTER TABLE events_source ADD COLUMN keep_least BIGINT;
ALTER TABLE events_source ADD COLUMN keep_most BIGINT;
