-- A role handed on by its holder: the grant it was taken from. It holds no longer than that one.
ALTER TABLE identity_grant ADD COLUMN parent_id TEXT;
-- Why it was given (delegations) and who took it away.
ALTER TABLE identity_grant ADD COLUMN why TEXT;
ALTER TABLE identity_grant ADD COLUMN revoked_by TEXT;
CREATE INDEX identity_grant_parent ON identity_grant (parent_id);
