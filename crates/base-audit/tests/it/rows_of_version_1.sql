INSERT INTO audit_act (seq, at, account, account_name, peer, request, action, object_kind, object_id, unit_id,
    before_json, after_json, why, hash)
VALUES (1, 1400000000000000, '01J', 'Nguyễn Văn An', '10.0.0.7', 'r1', 'units.add', 'unit', 'SNV', 'SNV', NULL, '{"name":"Sở Nội vụ"}', NULL, '01b95849fce350ed4791614673008eac86c0a2281e07a28a28c6bbc73ed14e6a'),
    (2, 1400000001000000, '01J', 'Nguyễn Văn An', NULL, 'r2', 'alerts.close', 'alert', 'A1', NULL, '{"state":"new"}', '{"state":"closed"}', 'báo động giả', '392747485d2ea465ed96dc1c109a9617bdeadf55d3ab7f26d872b06d763b5294')
