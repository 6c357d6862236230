-- The runner's own tables, in a schema of their own.
CREATE SCHEMA IF NOT EXISTS cutover;
COMMENT ON SCHEMA cutover IS 'where a plan stands: written by cutover, read by whoever likes';
CREATE TABLE cutover.format (version integer NOT NULL);
CREATE TABLE cutover.plan (hash text PRIMARY KEY, json text NOT NULL, adopted_ms bigint NOT NULL);
CREATE TABLE cutover.journal (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan text NOT NULL,
    at_ms bigint NOT NULL,
    runner text NOT NULL,
    fence bigint,
    event jsonb NOT NULL
);
CREATE FUNCTION cutover.refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the journal only grows' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON cutover.journal
    FOR EACH STATEMENT EXECUTE FUNCTION cutover.refuse();
-- Where the batches of a step have come to: the key of the last row, a part each.
CREATE TABLE cutover.cursor (
    plan text NOT NULL, step text NOT NULL, part integer NOT NULL, value text NOT NULL, rows bigint NOT NULL,
    PRIMARY KEY (plan, step, part)
);
CREATE TABLE cutover.evidence (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, recorded_ms bigint NOT NULL, json text NOT NULL
);
-- The plan's tables as the runner left them.
CREATE TABLE cutover.shape (plan text PRIMARY KEY, lines text[] NOT NULL);
CREATE TABLE cutover.pause (plan text PRIMARY KEY, at_ms bigint NOT NULL, author text NOT NULL, reason text NOT NULL);
CREATE TABLE cutover.lease (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), owner text NOT NULL, fence bigint NOT NULL, until timestamptz NOT NULL
);
INSERT INTO cutover.lease (owner, fence, until) VALUES ('nobody', 0, '-infinity');
-- The same in words, for whoever looks with psql: phases and steps as the plan and the journal tell.
CREATE VIEW cutover.phase AS
SELECT p.hash AS plan, f.at AS place, f.phase ->> 'id' AS phase, f.phase ->> 'title' AS title, f.phase ->> 'kind' AS kind,
    coalesce((
        SELECT j.event ->> 'event' = 'phase_done' FROM cutover.journal AS j
        WHERE j.plan = p.hash AND j.event ->> 'phase' = f.phase ->> 'id'
            AND j.event ->> 'event' IN ('phase_done', 'phase_undone', 'step_undone', 'undo_begun') AND j.seq > a.seq
        ORDER BY j.seq DESC LIMIT 1
    ), false) AS done
FROM cutover.plan AS p,
    LATERAL (SELECT max(seq) AS seq FROM cutover.journal WHERE plan = p.hash AND event ->> 'event' = 'adopted') AS a,
    LATERAL jsonb_array_elements(p.json::jsonb #> '{plan,phases}') WITH ORDINALITY AS f (phase, at);
CREATE VIEW cutover.step AS
SELECT p.hash AS plan, f.phase ->> 'id' AS phase, s.at AS place, s.step ->> 'id' AS step, s.step ->> 'title' AS title,
    coalesce((
        SELECT j.event ->> 'event' = 'step_done' FROM cutover.journal AS j
        WHERE j.plan = p.hash AND j.event ->> 'phase' = f.phase ->> 'id' AND j.event ->> 'step' = s.step ->> 'id'
            AND j.event ->> 'event' IN ('step_done', 'step_undone', 'undo_begun') AND j.seq > a.seq
        ORDER BY j.seq DESC LIMIT 1
    ), false) AS done
FROM cutover.plan AS p,
    LATERAL (SELECT max(seq) AS seq FROM cutover.journal WHERE plan = p.hash AND event ->> 'event' = 'adopted') AS a,
    LATERAL jsonb_array_elements(p.json::jsonb #> '{plan,phases}') AS f (phase),
    LATERAL jsonb_array_elements(f.phase -> 'steps') WITH ORDINALITY AS s (step, at);
