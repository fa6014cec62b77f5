-- Orders and filters of the list stay quick with a million alerts.
CREATE INDEX desk_alert_rule ON desk_alert (rule, unit);
CREATE INDEX desk_alert_count ON desk_alert (detections, id);
CREATE INDEX desk_alert_title ON desk_alert (title, raised_at, id);
CREATE INDEX desk_alert_entity ON desk_alert (entity_name, raised_at, id);
