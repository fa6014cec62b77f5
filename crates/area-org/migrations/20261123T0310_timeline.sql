-- Units over time. How a unit began stands in org_unit; what happened to it since, here. The end of a unit and its
-- successor stay in org_unit as well, so that one row says whether it exists; they are written from the events.
ALTER TABLE org_unit ADD COLUMN parent_id TEXT REFERENCES org_unit (id);
ALTER TABLE org_unit ADD COLUMN electronic_id TEXT;
-- The decision a unit was founded by.
ALTER TABLE org_unit ADD COLUMN decision TEXT;

CREATE TABLE org_event (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    name TEXT,
    short TEXT,
    decision TEXT NOT NULL,
    decided_on BIGINT,
    note TEXT,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    cancelled_at BIGINT
);
CREATE INDEX org_event_at ON org_event (at);

-- `part` is 'of' for the units it happens to, 'to' for those that take over or stand above.
CREATE TABLE org_event_unit (
    event_id TEXT NOT NULL REFERENCES org_event (id),
    part TEXT NOT NULL,
    place BIGINT NOT NULL,
    unit_id TEXT NOT NULL REFERENCES org_unit (id),
    PRIMARY KEY (event_id, part, place)
);
CREATE INDEX org_event_unit_unit ON org_event_unit (unit_id);

-- Units that had ended before there were events.
INSERT INTO org_event (id, kind, at, name, short, decision, decided_on, note, made_at, made_by, cancelled_at)
    SELECT '0-end-' || id, 'dissolve', valid_to, NULL, NULL, '', NULL, NULL, valid_to, '', NULL
    FROM org_unit WHERE valid_to IS NOT NULL;
INSERT INTO org_event_unit (event_id, part, place, unit_id)
    SELECT '0-end-' || id, 'of', 0, id FROM org_unit WHERE valid_to IS NOT NULL;
INSERT INTO org_event_unit (event_id, part, place, unit_id)
    SELECT '0-end-' || id, 'to', 0, successor_id FROM org_unit WHERE valid_to IS NOT NULL AND successor_id IS NOT NULL;
