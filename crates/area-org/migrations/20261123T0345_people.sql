-- Who answers the telephone now, which addresses are the unit's, who looks after its machines.
CREATE TABLE org_duty (
    id TEXT NOT NULL PRIMARY KEY,
    unit_id TEXT NOT NULL REFERENCES org_unit (id),
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX org_duty_unit ON org_duty (unit_id, ends_at);

CREATE TABLE org_range (
    id TEXT NOT NULL PRIMARY KEY,
    unit_id TEXT NOT NULL REFERENCES org_unit (id),
    cidr TEXT NOT NULL,
    note TEXT,
    made_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX org_range_unit ON org_range (unit_id);

CREATE TABLE org_staff (
    id TEXT NOT NULL PRIMARY KEY,
    unit_id TEXT NOT NULL REFERENCES org_unit (id),
    name TEXT NOT NULL,
    job TEXT NOT NULL,
    qualification TEXT NOT NULL,
    certificate TEXT,
    is_full_time BIGINT NOT NULL,
    is_security BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX org_staff_unit ON org_staff (unit_id);
