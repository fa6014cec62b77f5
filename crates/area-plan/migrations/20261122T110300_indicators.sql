-- What the plan declares, with every earlier declaration kept: the newest version holds.
CREATE TABLE plan_declared (
    indicator   TEXT NOT NULL,
    version     BIGINT NOT NULL,
    value       DOUBLE PRECISION NOT NULL,
    basis       TEXT NOT NULL,
    declared_on TEXT NOT NULL,
    by_account  TEXT NOT NULL,
    by_name     TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (indicator, version)
);

-- One measurement; its figures are the sums of its unit rows, so that a scope can be applied.
CREATE TABLE plan_measurement (
    id          TEXT PRIMARY KEY,
    indicator   TEXT NOT NULL,
    at          BIGINT NOT NULL,
    set_vi      TEXT NOT NULL,
    set_en      TEXT NOT NULL,
    set_version TEXT NOT NULL
);
CREATE INDEX plan_measurement_at ON plan_measurement (indicator, at);

CREATE TABLE plan_measurement_unit (
    measurement TEXT NOT NULL REFERENCES plan_measurement (id),
    unit        TEXT NOT NULL,
    numerator   BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    unknown     BIGINT NOT NULL,
    oldest_at   BIGINT,
    newest_at   BIGINT,
    PRIMARY KEY (measurement, unit)
);
