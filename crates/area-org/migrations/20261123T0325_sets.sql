-- How a version of a set came about: by a rule (JSON with blocks and the day) or by hand, and by whom.
ALTER TABLE org_set ADD COLUMN rule TEXT;
ALTER TABLE org_set ADD COLUMN made_by TEXT;
