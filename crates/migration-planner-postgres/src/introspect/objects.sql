-- Every object that is not a table: its kind, its schema unless that is `public`, its name, the table it is on (schema, name), the
-- types of its arguments, the statement that creates it, and those that restore its owner, its comment and its grants.
-- To be run with search_path = public.
WITH member AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), space AS (
    SELECT n.oid, CASE n.nspname WHEN 'public' THEN NULL ELSE n.nspname::text END AS name FROM pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'cutover')
      AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_namespace'::regclass AND objid = n.oid)
), relation AS (
    SELECT c.*, s.name AS schema, c.oid::regclass::text AS full_name FROM pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
    WHERE left(c.relname, 9) <> '_cutover_' AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = c.oid)
), granted AS (
    SELECT c.oid, format('GRANT %s ON %s%s TO %s%s', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type),
            CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END, c.full_name,
            CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
            CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
    FROM relation AS c, LATERAL aclexplode(c.relacl) AS g WHERE g.grantee <> c.relowner
    GROUP BY c.oid, c.relkind, c.full_name, g.grantee, g.is_grantable
), found AS (
    SELECT 1 AS place, 'schema' AS kind, NULL::text AS schema, n.nspname::text AS name, NULL::text AS on_schema, NULL::text AS on_name,
        NULL::text AS arguments, format('CREATE SCHEMA %I', n.nspname) AS definition,
        ARRAY[format('ALTER SCHEMA %I OWNER TO %I', n.nspname, pg_get_userbyid(n.nspowner)),
            'COMMENT ON SCHEMA ' || quote_ident(n.nspname) || ' IS ' || quote_literal(obj_description(n.oid, 'pg_namespace'))] AS attached
    FROM pg_namespace AS n JOIN space AS s ON s.oid = n.oid WHERE s.name IS NOT NULL
    UNION ALL
    SELECT 2, 'extension', NULL, e.extname::text, NULL, NULL, NULL,
        format('CREATE EXTENSION %I SCHEMA %I VERSION %L', e.extname, n.nspname, e.extversion), NULL
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'
    UNION ALL
    -- Which columns say so depends on the version.
    SELECT 3, 'collation', s.name, l.collname::text, NULL, NULL, NULL,
        format('CREATE COLLATION %s%I (%s%s)', quote_ident(s.name) || '.', l.collname, CASE l.collprovider
            WHEN 'i' THEN format('PROVIDER = icu, LOCALE = %L',
                coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale', l.collcollate::text))
            ELSE format('LC_COLLATE = %L, LC_CTYPE = %L', l.collcollate, l.collctype) END,
            CASE WHEN to_jsonb(l) ->> 'collisdeterministic' = 'false' THEN ', DETERMINISTIC = false' ELSE '' END),
        ARRAY['COMMENT ON COLLATION ' || concat(quote_ident(s.name) || '.', quote_ident(l.collname)) || ' IS ' || quote_literal(obj_description(l.oid, 'pg_collation'))]
    FROM pg_collation AS l JOIN space AS s ON s.oid = l.collnamespace
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_collation'::regclass AND objid = l.oid)
    UNION ALL
    SELECT 3, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, s.name, t.typname::text, NULL, NULL, NULL,
        CASE t.typtype
            WHEN 'e' THEN format('CREATE TYPE %s AS ENUM (%s)', format_type(t.oid, NULL),
                (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid))
            WHEN 'd' THEN concat_ws(' ', format('CREATE DOMAIN %s AS %s', format_type(t.oid, NULL), format_type(t.typbasetype, t.typtypmod)),
                'DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN 'NOT NULL' END,
                (SELECT string_agg(format('CONSTRAINT %I %s', o.conname, pg_get_constraintdef(o.oid)), ' ' ORDER BY o.conname)
                    FROM pg_constraint AS o WHERE o.contypid = t.oid))
            WHEN 'r' THEN format('CREATE TYPE %s AS RANGE (subtype = %s)', format_type(t.oid, NULL),
                (SELECT format_type(r.rngsubtype, NULL) FROM pg_range AS r WHERE r.rngtypid = t.oid))
            ELSE format('CREATE TYPE %s AS (%s)', format_type(t.oid, NULL),
                (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
                    FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)) END,
        ARRAY['COMMENT ON ' || CASE t.typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || format_type(t.oid, NULL) || ' IS '
            || quote_literal(obj_description(t.oid, 'pg_type'))]
    FROM pg_type AS t JOIN space AS s ON s.oid = t.typnamespace
    WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND (SELECT c.relkind FROM pg_class AS c WHERE c.oid = t.typrelid) = 'c')
      AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = t.oid)
    UNION ALL
    -- A sequence that a column numbers its rows with is part of that column.
    SELECT 4, 'sequence', c.schema, c.relname::text, NULL, NULL, NULL,
        format('CREATE SEQUENCE %s AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s', c.full_name,
            format_type(q.seqtypid, NULL), q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache,
            CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END),
        ARRAY[(SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', c.full_name, d.refobjid::regclass, a.attname) FROM pg_depend AS d
                JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'),
            'COMMENT ON SEQUENCE ' || c.full_name || ' IS ' || quote_literal(obj_description(c.oid, 'pg_class'))]
            || (SELECT array_agg(statement ORDER BY statement) FROM granted AS g WHERE g.oid = c.oid)
    FROM relation AS c JOIN pg_sequence AS q ON q.seqrelid = c.oid
    WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i')
    UNION ALL
    SELECT 5, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, s.name, p.proname::text, NULL, NULL,
        pg_get_function_identity_arguments(p.oid),
        CASE WHEN p.prokind = 'a' THEN (SELECT format('CREATE AGGREGATE %s(%s) (SFUNC = %s, STYPE = %s%s)', p.oid::regproc,
                pg_get_function_identity_arguments(p.oid), g.aggtransfn, format_type(g.aggtranstype, NULL),
                ', INITCOND = ' || quote_literal(g.agginitval)) FROM pg_aggregate AS g WHERE g.aggfnoid = p.oid)
            ELSE rtrim(pg_get_functiondef(p.oid), E'\n') END,
        ARRAY['COMMENT ON FUNCTION ' || p.oid::regprocedure || ' IS ' || quote_literal(obj_description(p.oid, 'pg_proc'))]
            || (SELECT array_agg(format('GRANT EXECUTE ON FUNCTION %s TO %s', p.oid::regprocedure,
                    CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) ORDER BY g.grantee::regrole::text)
                FROM aclexplode(p.proacl) AS g WHERE g.grantee <> p.proowner)
    FROM pg_proc AS p JOIN space AS s ON s.oid = p.pronamespace
    WHERE left(p.proname, 9) <> '_cutover_' AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
      AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
    UNION ALL
    SELECT 6, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, c.schema, c.relname::text, NULL, NULL, NULL,
        format('CREATE %s %s%s AS%s%s%s', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.full_name,
            ' WITH (' || (SELECT string_agg(format('%s=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ' ORDER BY o)
                FROM unnest(c.reloptions) AS o) || ')',
            E'\n', rtrim(pg_get_viewdef(c.oid), ';'), CASE WHEN NOT c.relispopulated THEN E'\nWITH NO DATA' END),
        ARRAY[format('COMMENT ON %s %s IS ', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.full_name)
                || quote_literal(obj_description(c.oid, 'pg_class')),
            -- Whoever makes it anew owns it.
            CASE WHEN pg_get_userbyid(c.relowner) <> current_user
                THEN format('ALTER %s %s OWNER TO %I', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, c.full_name,
                    pg_get_userbyid(c.relowner)) END]
            || (SELECT array_agg(said ORDER BY a.attnum, said) FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d
                    ON d.adrelid = a.attrelid AND d.adnum = a.attnum,
                LATERAL (VALUES (format('COMMENT ON COLUMN %s.%I IS ', c.full_name, a.attname) || quote_literal(col_description(c.oid, a.attnum))),
                    (format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT ', c.full_name, a.attname) || pg_get_expr(d.adbin, d.adrelid))) AS s (said)
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND said IS NOT NULL)
            || (SELECT array_agg(format('GRANT %s (%I) ON %s TO %s%s', g.privilege_type, a.attname, c.full_name,
                    CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                    CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) ORDER BY a.attnum, g.privilege_type, g.grantee::regrole::text)
                FROM pg_attribute AS a, LATERAL aclexplode(a.attacl) AS g WHERE a.attrelid = c.oid AND NOT a.attisdropped)
            || (SELECT array_agg(pg_get_indexdef(i.indexrelid) ORDER BY i.indexrelid::regclass::text) FROM pg_index AS i WHERE i.indrelid = c.oid)
            || (SELECT array_agg(statement ORDER BY statement) FROM granted AS g WHERE g.oid = c.oid)
    FROM relation AS c WHERE c.relkind IN ('v', 'm')
    UNION ALL
    SELECT 7, 'rule', NULL, r.rulename::text, c.schema, c.relname::text, NULL, rtrim(pg_get_ruledef(r.oid), ';'), NULL
    FROM relation AS c JOIN pg_rewrite AS r ON r.ev_class = c.oid WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT 8, 'trigger', NULL, t.tgname::text, c.schema, c.relname::text, NULL, pg_get_triggerdef(t.oid),
        ARRAY[CASE t.tgenabled WHEN 'D' THEN format('ALTER TABLE %s DISABLE TRIGGER %I', c.full_name, t.tgname)
                WHEN 'R' THEN format('ALTER TABLE %s ENABLE REPLICA TRIGGER %I', c.full_name, t.tgname)
                WHEN 'A' THEN format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', c.full_name, t.tgname) END,
            format('COMMENT ON TRIGGER %I ON %s IS ', t.tgname, c.full_name) || quote_literal(obj_description(t.oid, 'pg_trigger'))]
    FROM relation AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal AND left(t.tgname, 9) <> '_cutover_'
    UNION ALL
    SELECT 9, 'policy', NULL, p.polname::text, c.schema, c.relname::text, NULL,
        concat_ws(' ', format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, c.full_name,
            CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
            CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
            (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ') FROM unnest(p.polroles) AS r)),
            'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'), NULL
    FROM relation AS c JOIN pg_policy AS p ON p.polrelid = c.oid
    UNION ALL
    SELECT 10, 'statistics', s.name, x.stxname::text, NULL, NULL, NULL, pg_get_statisticsobjdef(x.oid),
        ARRAY[CASE WHEN x.stxstattarget >= 0 THEN format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, x.stxname, x.stxstattarget) END]
    FROM pg_statistic_ext AS x JOIN space AS s ON s.oid = x.stxnamespace JOIN pg_namespace AS n ON n.oid = x.stxnamespace
    UNION ALL
    SELECT 11, 'publication', NULL, p.pubname::text, NULL, NULL, NULL,
        concat_ws(' ', format('CREATE PUBLICATION %I', p.pubname),
            CASE WHEN p.puballtables THEN 'FOR ALL TABLES' ELSE 'FOR ' || (SELECT string_agg(entry, ', ' ORDER BY entry) FROM (
                SELECT concat_ws(' ', 'TABLE ' || r.prrelid::regclass,
                    '(' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
                        WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')',
                    'WHERE ' || pg_get_expr(r.prqual, r.prrelid)) AS entry
                FROM pg_publication_rel AS r WHERE r.prpubid = p.oid
                UNION ALL SELECT format('TABLES IN SCHEMA %I', n.nspname) FROM pg_publication_namespace AS m
                    JOIN pg_namespace AS n ON n.oid = m.pnnspid WHERE m.pnpubid = p.oid) AS entries) END,
            format('WITH (publish = %L, publish_via_partition_root = %s)', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
                CASE WHEN p.pubtruncate THEN 'truncate' END), p.pubviaroot::text)), NULL
    FROM pg_publication AS p
)
SELECT kind, schema, name, on_schema, on_name, arguments, definition, attached FROM found
WHERE definition IS NOT NULL ORDER BY place, schema NULLS FIRST, name, on_schema NULLS FIRST, on_name, arguments
