CREATE TABLE flag_store (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    format INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO flag_store VALUES (1, 1, 5);
CREATE TABLE flag_states (
    name TEXT PRIMARY KEY,
    revision INTEGER NOT NULL UNIQUE,
    body TEXT
) STRICT;
CREATE TABLE flag_segments (
    revision INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    path TEXT,
    hashes BLOB
) STRICT;
CREATE INDEX flag_segments_by_name ON flag_segments (name, revision);
CREATE TABLE flag_changes (
    revision INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT,
    why TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('flag', 'segment')),
    name TEXT NOT NULL,
    before TEXT,
    after TEXT,
    undoes INTEGER
) STRICT;
CREATE INDEX flag_changes_by_name ON flag_changes (name, revision);
CREATE INDEX flag_changes_by_time ON flag_changes (at_ms, revision);

INSERT INTO flag_changes VALUES (1, 1796112000000, 'ada', 'a try', 'flag', 'new-search', NULL, '{"format":1,"name":"new-search","rules":[{"rollout":"1% by id"}]}', NULL);
INSERT INTO flag_changes VALUES (2, 1796112060000, 'ada', NULL, 'segment', 'beta', NULL, '{"keys":1}', NULL);
INSERT INTO flag_changes VALUES (3, 1796112120000, 'ada', 'no errors', 'flag', 'new-search', '{"format":1,"name":"new-search","rules":[{"rollout":"1% by id"}]}', '{"format":1,"name":"new-search","rules":[{"rollout":"50% by id"}]}', NULL);
INSERT INTO flag_changes VALUES (4, 1796112180000, NULL, NULL, 'flag', 'old', '{"format":1,"name":"old","rules":[{"rollout":"1% by id"}]}', NULL, NULL);
INSERT INTO flag_changes VALUES (5, 1796112240000, 'grace', 'too many errors', 'flag', 'new-search', '{"format":1,"name":"new-search","rules":[{"rollout":"50% by id"}]}', '{"format":1,"name":"new-search","rules":[{"rollout":"1% by id"}]}', 3);
INSERT INTO flag_states VALUES ('new-search', 5, '{"format":1,"name":"new-search","rules":[{"rollout":"1% by id"}]}');
INSERT INTO flag_states VALUES ('old', 4, NULL);
INSERT INTO flag_segments VALUES (2, 'beta', NULL, x'dbe2ed2c541d4ba2');
