-- Whether user_code.sql can return anything at all: cheap, and true too often rather than too seldom.
SELECT (
-- include: may_be_superuser
) AND (
    EXISTS (
        SELECT
        FROM pg_catalog.pg_roles r
        WHERE r.rolname OPERATOR(pg_catalog.<>) SESSION_USER
          AND r.oid OPERATOR(pg_catalog.=) ANY (
              SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.>=) 16384
              UNION ALL
              SELECT p.proowner FROM pg_catalog.pg_proc p WHERE p.oid OPERATOR(pg_catalog.>=) 16384
              UNION ALL
              SELECT t.typowner FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.>=) 16384
              UNION ALL
              SELECT e.evtowner FROM pg_catalog.pg_event_trigger e
          )
          AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_roles s WHERE s.rolsuper AND pg_catalog.pg_has_role(r.oid, s.oid, 'MEMBER')
          )
    )
    OR ({created} AND (
        EXISTS (
            SELECT
            FROM pg_catalog.pg_proc p
            JOIN pg_catalog.pg_depend u
              ON u.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
             AND u.refobjid OPERATOR(pg_catalog.=) p.oid
            WHERE p.oid OPERATOR(pg_catalog.>=) 16384
              AND u.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_trigger'::pg_catalog.regclass  -- held off
              AND u.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_policy'::pg_catalog.regclass
              AND u.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_proc'::pg_catalog.regclass
              AND NOT EXISTS (
                  SELECT
                  FROM pg_catalog.pg_depend d
                  WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                    AND d.objid OPERATOR(pg_catalog.=) p.oid
                    AND d.deptype OPERATOR(pg_catalog.=) ANY ('{{e,i}}'::pg_catalog.char[])  -- as in user_code.sql
              )
        )
        OR EXISTS (
            SELECT
            FROM (
                SELECT k.conbin::pg_catalog.text
                FROM pg_catalog.pg_constraint k
                WHERE k.contype OPERATOR(pg_catalog.=) 'c'
                UNION ALL
                SELECT d.adbin::pg_catalog.text FROM pg_catalog.pg_attrdef d
                UNION ALL
                SELECT i.indexprs::pg_catalog.text FROM pg_catalog.pg_index i WHERE i.indexprs IS NOT NULL
                UNION ALL
                SELECT i.indpred::pg_catalog.text FROM pg_catalog.pg_index i WHERE i.indpred IS NOT NULL
                UNION ALL
                SELECT p.partexprs::pg_catalog.text FROM pg_catalog.pg_partitioned_table p
                UNION ALL
                SELECT t.typdefaultbin::pg_catalog.text
                FROM pg_catalog.pg_type t
                WHERE t.oid OPERATOR(pg_catalog.>=) 16384 AND t.typdefaultbin IS NOT NULL
                UNION ALL
                SELECT w.ev_action::pg_catalog.text
                FROM pg_catalog.pg_rewrite w
                WHERE w.oid OPERATOR(pg_catalog.>=) 16384
            ) e (expression)
            CROSS JOIN LATERAL pg_catalog.regexp_matches(e.expression, ':(?:op)?funcid ([0-9]+)', 'g') m (match)
            JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) m.match[1]::pg_catalog.oid
            WHERE p.proname OPERATOR(pg_catalog.~) '_to_xml'
               OR (p.provolatile OPERATOR(pg_catalog.=) 'v'
                   AND p.proname OPERATOR(pg_catalog.!~) '^(nextval|clock_timestamp|random|gen_random_uuid)$')
        )
    ))
) AS possible
