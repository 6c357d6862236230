CREATE TABLE flag_store (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    format INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO flag_store VALUES (1, 2, 4);
CREATE TABLE flag_states (
    name TEXT PRIMARY KEY,
    revision INTEGER NOT NULL UNIQUE,
    body TEXT
) STRICT;
INSERT INTO flag_states VALUES ('new-search', 1, '{"format":1,"name":"new-search","rules":[{"rollout":"1% by id"}]}');
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
INSERT INTO flag_changes VALUES
    (1, 1796112000000, 'ada', 'a try', 'flag', 'new-search', NULL,
        '{"format":1,"name":"new-search","rules":[{"rollout":"1% by id"}]}', NULL);
CREATE TABLE flag_section_changes (
    revision INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT,
    why TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('layer', 'holdout')),
    name TEXT NOT NULL,
    before TEXT,
    after TEXT,
    undoes INTEGER
) STRICT;
INSERT INTO flag_section_changes VALUES
    (2, 1796112060000, 'ada', NULL, 'layer', 'page', NULL, '{"format":1,"flags":{"new-search":"0%..30%"}}', NULL),
    (3, 1796112120000, 'ada', NULL, 'layer', 'page', '{"format":1,"flags":{"new-search":"0%..30%"}}',
        '{"format":1,"flags":{"new-search":"0%..50%"}}', NULL),
    (4, 1796112180000, 'ada', 'to measure', 'holdout', 'q4', NULL, '{"format":1,"share":"5%","layers":["page"]}', NULL);
CREATE INDEX flag_changes_by_name ON flag_changes (name, revision);
CREATE INDEX flag_changes_by_time ON flag_changes (at_ms, revision);
CREATE INDEX flag_section_changes_by_name ON flag_section_changes (kind, name, revision);
