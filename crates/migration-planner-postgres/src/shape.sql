-- What a relation is, a line for each of its parts, in an order of its own; nothing if there is none of that name. Costs a few
-- look-ups by number, so that it can be asked while others wait for the relation. Indexes that are not valid are what an attempt
-- left behind.
WITH wanted AS (
    SELECT c.*, $1 AS name FROM pg_class AS c WHERE c.oid = to_regclass($1)
)
SELECT line FROM (
    SELECT 0 AS part, format('%s: kind %s, owner %s%s%s%s%s%s', w.name, w.relkind, w.relowner::regrole,
            ', options ' || array_to_string(w.reloptions, ' '), CASE WHEN w.relrowsecurity THEN ', row security' END,
            CASE WHEN w.relforcerowsecurity THEN ', row security also for the owner' END,
            CASE WHEN w.relreplident <> 'd' AND w.relkind IN ('r', 'p') THEN ', replica identity ' || w.relreplident::text END,
            ', partition ' || pg_get_expr(w.relpartbound, w.oid)) AS line, '' AS name
    FROM wanted AS w
    UNION ALL
    SELECT 1, format('%s.%I: %s%s%s%s%s%s', w.name, a.attname, format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN ' not null' END, ' default ' || pg_get_expr(d.adbin, d.adrelid),
            CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::text END,
            CASE WHEN a.attgenerated <> '' THEN ' generated' END,
            ' comment ' || quote_literal(col_description(w.oid, a.attnum))), a.attname
    FROM wanted AS w JOIN pg_attribute AS a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS d ON d.adrelid = w.oid AND d.adnum = a.attnum
    WHERE w.relkind IN ('r', 'p', 'f')
    UNION ALL
    SELECT 2, format('%s constraint %I: %s', w.name, o.conname, pg_get_constraintdef(o.oid)), o.conname
    FROM wanted AS w JOIN pg_constraint AS o ON o.conrelid = w.oid
    UNION ALL
    SELECT 3, format('%s index %I: %s', w.name, x.relname, pg_get_indexdef(x.oid)), x.relname
    FROM wanted AS w JOIN pg_index AS i ON i.indrelid = w.oid AND (i.indisvalid OR w.relkind = 'p')
        JOIN pg_class AS x ON x.oid = i.indexrelid
    UNION ALL
    SELECT 4, format('%s trigger %I: %s', w.name, t.tgname, pg_get_triggerdef(t.oid)), t.tgname
    FROM wanted AS w JOIN pg_trigger AS t ON t.tgrelid = w.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT 5, format('%s policy %I: %s using %s check %s', w.name, p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid),
            pg_get_expr(p.polwithcheck, p.polrelid)), p.polname
    FROM wanted AS w JOIN pg_policy AS p ON p.polrelid = w.oid
    UNION ALL
    SELECT 6, format('%s as %s', w.name, pg_get_viewdef(w.oid)), '' FROM wanted AS w WHERE w.relkind IN ('v', 'm')
) AS parts ORDER BY part, name
