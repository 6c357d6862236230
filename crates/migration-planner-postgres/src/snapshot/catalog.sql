-- One row per object: its kind, its name, and all that the catalog says of it, in words that do not depend on object numbers,
-- on the order in which things were made, or on columns that were dropped; and the table that it belongs to, if any. What data
-- there is is not part of it.
-- To be run with an empty search_path, so that every name is written out.
WITH member AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), space AS (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'cutover')
      AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_namespace'::regclass AND objid = n.oid)
), relation AS (
    SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name FROM pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = c.oid)
), kind AS (
    SELECT t.*, format('%I.%I', s.nspname, t.typname) AS name FROM pg_type AS t JOIN space AS s ON s.oid = t.typnamespace
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = t.oid)
), routine AS (
    SELECT p.*, format('%I.%I(%s)', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name
    FROM pg_proc AS p JOIN space AS s ON s.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
)
SELECT 'schema' AS kind, quote_ident(s.nspname) AS name,
    format('owner %s; grants %s', s.nspowner::regrole,
        (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(coalesce(s.nspacl, acldefault('n', s.nspowner))) AS a))
        AS definition,
    NULL AS of_table
FROM space AS s
UNION ALL
SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
        WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END,
    c.name,
    concat_ws('; ', format('owner %s', c.relowner::regrole),
        format('grants %s', (SELECT string_agg(a::text, ' ' ORDER BY a::text)
            FROM unnest(coalesce(c.relacl, acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner))) AS a)),
        CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
        'options ' || (SELECT string_agg(o, ' ' ORDER BY o) FROM unnest(c.reloptions) AS o),
        'toast options ' || (SELECT string_agg(o, ' ' ORDER BY o) FROM pg_class AS t, unnest(t.reloptions) AS o WHERE t.oid = c.reltoastrelid),
        CASE WHEN c.relreplident <> 'd' AND c.relkind IN ('r', 'p') THEN format('replica identity %s', c.relreplident) END,
        CASE WHEN c.relrowsecurity THEN 'row security' END,
        CASE WHEN c.relforcerowsecurity THEN 'row security also for the owner' END,
        CASE WHEN c.relispopulated THEN NULL ELSE 'not populated' END,
        (SELECT format('tablespace %I', spcname) FROM pg_tablespace WHERE oid = c.reltablespace),
        (SELECT format('access method %I', amname) FROM pg_am WHERE oid = c.relam AND c.relkind IN ('r', 'm')),
        'partitioned by ' || pg_get_partkeydef(c.oid),
        'partition ' || pg_get_expr(c.relpartbound, c.oid),
        'inherits ' || (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
        CASE WHEN c.reloftype <> 0 THEN 'of ' || format_type(c.reloftype, NULL) END,
        CASE WHEN c.relkind IN ('v', 'm') THEN E'as\n' || pg_get_viewdef(c.oid) END,
        (SELECT format('%s from %s by %s between %s and %s cache %s%s', format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement,
            q.seqmin, q.seqmax, q.seqcache, CASE WHEN q.seqcycle THEN ' cycle' END) FROM pg_sequence AS q WHERE q.seqrelid = c.oid),
        (SELECT format('owned by %s.%I', d.refobjid::regclass, a.attname) FROM pg_depend AS d
            JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
              AND d.deptype IN ('a', 'i')),
        (SELECT format('server %I options %s', v.srvname, f.ftoptions) FROM pg_foreign_table AS f
            JOIN pg_foreign_server AS v ON v.oid = f.ftserver WHERE f.ftrelid = c.oid)),
    CASE WHEN c.relkind IN ('r', 'p', 'f') THEN c.name END
FROM relation AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
UNION ALL
SELECT 'column', format('%s.%I', c.name, a.attname),
    concat_ws('; ', format('number %s', row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum)),
        format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'not null' END,
        CASE WHEN a.attgenerated = '' THEN 'default ' ELSE 'generated ' || a.attgenerated::text || ' ' END || pg_get_expr(d.adbin, d.adrelid),
        CASE WHEN a.attidentity <> '' THEN 'identity ' || a.attidentity::text END,
        (SELECT format('collation %I', l.collname) FROM pg_collation AS l WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation),
        CASE WHEN a.attstorage <> t.typstorage THEN 'storage ' || a.attstorage::text END,
        'compression ' || nullif(a.attcompression, '')::text,
        'statistics ' || nullif(a.attstattarget, -1),
        'options ' || (SELECT string_agg(o, ' ' ORDER BY o) FROM unnest(a.attoptions) AS o),
        'grants ' || (SELECT string_agg(g::text, ' ' ORDER BY g::text) FROM unnest(a.attacl) AS g),
        CASE WHEN a.attinhcount > 0 THEN 'inherited' || CASE WHEN a.attislocal THEN ' and local' ELSE '' END END),
    c.name
FROM relation AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION ALL
SELECT 'constraint', format('%s.%I', coalesce(c.name, t.name), o.conname),
    concat_ws('; ', pg_get_constraintdef(o.oid),
        CASE WHEN o.coninhcount > 0 THEN 'inherited' || CASE WHEN o.conislocal THEN ' and local' ELSE '' END END),
    c.name
FROM pg_constraint AS o
LEFT JOIN relation AS c ON c.oid = o.conrelid
LEFT JOIN kind AS t ON t.oid = o.contypid
WHERE o.contype <> 't' AND coalesce(c.name, t.name) IS NOT NULL
UNION ALL
SELECT 'index', c.name,
    concat_ws('; ', pg_get_indexdef(c.oid), CASE WHEN NOT i.indisvalid THEN 'INVALID' END, CASE WHEN NOT i.indisready THEN 'not ready' END,
        CASE WHEN i.indisclustered THEN 'clustered' END, CASE WHEN i.indisreplident THEN 'replica identity' END,
        CASE WHEN NOT i.indimmediate THEN 'deferrable' END,
        'part of ' || (SELECT h.inhparent::regclass::text FROM pg_inherits AS h WHERE h.inhrelid = c.oid),
        (SELECT format('tablespace %I', spcname) FROM pg_tablespace WHERE oid = c.reltablespace),
        'statistics ' || (SELECT string_agg(format('%s: %s', a.attnum, a.attstattarget), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attstattarget >= 0)),
    (SELECT t.name FROM relation AS t WHERE t.oid = i.indrelid)
FROM relation AS c JOIN pg_index AS i ON i.indexrelid = c.oid
UNION ALL
SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'type' END, t.name,
    concat_ws('; ', format('owner %s', t.typowner::regrole),
        format('grants %s', (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(coalesce(t.typacl, acldefault('T', t.typowner))) AS a)),
        (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
        CASE WHEN t.typtype = 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'not null' END,
            'default ' || t.typdefault) END,
        (SELECT format_type(r.rngsubtype, NULL) FROM pg_range AS r WHERE r.rngtypid = t.oid)),
    NULL
FROM kind AS t WHERE t.typtype IN ('e', 'd', 'r') OR t.typtype = 'b' AND t.typelem = 0
UNION ALL
SELECT 'routine', p.name,
    concat_ws('; ', format('owner %s', p.proowner::regrole),
        format('grants %s', (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(coalesce(p.proacl, acldefault('f', p.proowner))) AS a)),
        CASE WHEN p.prokind = 'a' THEN (SELECT format('aggregate over %s %s', format_type(g.aggtranstype, NULL), to_jsonb(g) - 'aggfnoid' - 'aggtranstype' - 'aggmtranstype' - 'aggsortop')
            FROM pg_aggregate AS g WHERE g.aggfnoid = p.oid)
            ELSE E'\n' || pg_get_functiondef(p.oid) END),
    NULL
FROM routine AS p
UNION ALL
SELECT 'trigger', format('%s.%I', c.name, t.tgname),
    concat_ws('; ', pg_get_triggerdef(t.oid), CASE WHEN t.tgenabled <> 'O' THEN 'enabled ' || t.tgenabled::text END),
    c.name
FROM relation AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'rule', format('%s.%I', c.name, r.rulename),
    concat_ws('; ', pg_get_ruledef(r.oid), CASE WHEN r.ev_enabled <> 'O' THEN 'enabled ' || r.ev_enabled::text END),
    c.name
FROM relation AS c JOIN pg_rewrite AS r ON r.ev_class = c.oid WHERE r.rulename <> '_RETURN'
UNION ALL
SELECT 'policy', format('%s.%I', c.name, p.polname),
    concat_ws('; ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, 'for ' || p.polcmd::text,
        'to ' || (SELECT string_agg(CASE WHEN r = 0 THEN 'public' ELSE r::regrole::text END, ', ' ORDER BY r::regrole::text) FROM unnest(p.polroles) AS r),
        'using ' || pg_get_expr(p.polqual, p.polrelid), 'with check ' || pg_get_expr(p.polwithcheck, p.polrelid)),
    c.name
FROM relation AS c JOIN pg_policy AS p ON p.polrelid = c.oid
UNION ALL
SELECT 'comment', format('%s %s', o.type, o.identity), d.description,
    (SELECT c.name FROM relation AS c WHERE d.classoid = 'pg_class'::regclass AND c.oid = d.objoid AND c.relkind IN ('r', 'p', 'f'))
FROM pg_description AS d, LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
WHERE (d.objoid >= 16384 OR d.objoid = 'public'::regnamespace) AND o.schema IS DISTINCT FROM 'cutover' AND o.identity <> 'cutover'
  AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = d.classoid AND m.objid = d.objoid)
UNION ALL
SELECT 'publication', quote_ident(p.pubname),
    format('owner %s; %s%s', p.pubowner::regrole, to_jsonb(p) - 'oid' - 'pubname' - 'pubowner',
        (SELECT string_agg(E'\n  ' || entry, '' ORDER BY entry) FROM (
            SELECT concat_ws('; ', r.prrelid::regclass::text,
                'columns ' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) FROM pg_attribute AS a
                    WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)),
                'where ' || pg_get_expr(r.prqual, r.prrelid)) AS entry
            FROM pg_publication_rel AS r WHERE r.prpubid = p.oid
            UNION ALL SELECT format('schema %s', n.pnnspid::regnamespace) FROM pg_publication_namespace AS n WHERE n.pnpubid = p.oid
        ) AS entries)),
    NULL
FROM pg_publication AS p
UNION ALL
SELECT 'statistics', format('%I.%I', s.nspname, x.stxname),
    concat_ws('; ', format('owner %s', x.stxowner::regrole), pg_get_statisticsobjdef(x.oid), 'target ' || nullif(x.stxstattarget, -1)),
    (SELECT c.name FROM relation AS c WHERE c.oid = x.stxrelid)
FROM pg_statistic_ext AS x JOIN space AS s ON s.oid = x.stxnamespace
UNION ALL
SELECT 'extension', quote_ident(e.extname), format('version %s in %I', e.extversion, n.nspname), NULL
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
UNION ALL
SELECT 'event trigger', quote_ident(e.evtname), format('%s; %s; enabled %s; tags %s', e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags), NULL
FROM pg_event_trigger AS e
UNION ALL
SELECT 'default privileges', format('%s%s for %s', coalesce(s.nspname || ' ', ''), a.defaclobjtype, a.defaclrole::regrole),
    (SELECT string_agg(g::text, ' ' ORDER BY g::text) FROM unnest(a.defaclacl) AS g), NULL
FROM pg_default_acl AS a LEFT JOIN pg_namespace AS s ON s.oid = a.defaclnamespace
UNION ALL
SELECT o.type, o.identity, '', NULL
FROM (
    SELECT 'pg_operator'::regclass AS class, oid FROM pg_operator UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass
    UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast
    UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation UNION ALL SELECT 'pg_conversion'::regclass, oid FROM pg_conversion
    UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server UNION ALL SELECT 'pg_language'::regclass, oid FROM pg_language
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_transform'::regclass, oid FROM pg_transform
) AS other, LATERAL pg_identify_object(other.class, other.oid, 0) AS o
WHERE other.oid >= 16384 AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = other.class AND m.objid = other.oid)
