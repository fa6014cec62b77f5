-- One row per act. `seq` has no gaps; `hash` covers every other column and the hash before.
CREATE TABLE audit_act (
    seq BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    account TEXT NOT NULL,
    account_name TEXT NOT NULL,
    peer TEXT,
    request TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    unit_id TEXT,
    before_json TEXT,
    after_json TEXT,
    why TEXT,
    hash TEXT NOT NULL
);
CREATE INDEX audit_act_object ON audit_act (object_kind, object_id);
CREATE INDEX audit_act_at ON audit_act (at);
