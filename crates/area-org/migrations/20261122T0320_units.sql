-- Units as a time series: a unit that is merged or dissolved ends (valid_to) and names its successor.
-- The id is the code at creation and never changes; a later unit needs another code.
CREATE TABLE org_unit (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    short TEXT NOT NULL,
    block TEXT NOT NULL,
    position BIGINT NOT NULL,
    machines_declared BIGINT,
    servers_declared BIGINT,
    staff_declared BIGINT,
    is_assumed BIGINT NOT NULL,
    note TEXT,
    valid_from BIGINT,
    valid_to BIGINT,
    successor_id TEXT REFERENCES org_unit (id),
    folded TEXT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE org_contact (
    id TEXT NOT NULL PRIMARY KEY,
    unit_id TEXT NOT NULL REFERENCES org_unit (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    mail TEXT,
    phone TEXT,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX org_contact_unit ON org_contact (unit_id);

CREATE TABLE org_system (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    level_2016 BIGINT,
    level_2026 BIGINT,
    level_note TEXT,
    owner_unit_id TEXT REFERENCES org_unit (id),
    operator_unit_id TEXT REFERENCES org_unit (id),
    host TEXT,
    valid_from BIGINT,
    valid_to BIGINT,
    folded TEXT NOT NULL
);

-- What was seen of machines and network devices: nothing here is typed in by a person.
CREATE TABLE org_machine (
    unit_id TEXT NOT NULL REFERENCES org_unit (id),
    host TEXT NOT NULL,
    ip TEXT,
    os TEXT,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    av_product TEXT,
    av_licence TEXT,
    av_enabled BIGINT,
    firewall_enabled BIGINT,
    hygiene_at BIGINT,
    PRIMARY KEY (unit_id, host)
);
CREATE INDEX org_machine_seen ON org_machine (last_seen);

CREATE TABLE org_device (
    unit_id TEXT NOT NULL REFERENCES org_unit (id),
    host TEXT NOT NULL,
    kind TEXT NOT NULL,
    product TEXT,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (unit_id, host, kind)
);

-- What a percentage is a percentage of: a named set of units, in versions that never change.
CREATE TABLE org_set (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    note TEXT,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (code, version)
);
CREATE TABLE org_set_unit (
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    unit_id TEXT NOT NULL REFERENCES org_unit (id),
    PRIMARY KEY (code, version, unit_id),
    FOREIGN KEY (code, version) REFERENCES org_set (code, version)
);
