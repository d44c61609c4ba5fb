-- text
(CASE WHEN "n"::pg_catalog.text COLLATE "C" OPERATOR(pg_catalog.~) '^[^@[:space:]]+@[^@[:space:]]+$' THEN pg_catalog.left(pg_catalog.encode(pg_catalog.sha256((SELECT pg_catalog.decode(pg_catalog.current_setting('snap.mask_key'), 'hex')) OPERATOR(pg_catalog.||) pg_catalog.convert_to("n"::pg_catalog.text, 'UTF8')), 'hex'), 32) OPERATOR(pg_catalog.||) '@masked.invalid' ELSE pg_catalog.left(pg_catalog.encode(pg_catalog.sha256((SELECT pg_catalog.decode(pg_catalog.current_setting('snap.mask_key'), 'hex')) OPERATOR(pg_catalog.||) pg_catalog.convert_to("n"::pg_catalog.text, 'UTF8')), 'hex'), 32) END)::text

-- varchar(9)
(pg_catalog.left(pg_catalog.encode(pg_catalog.sha256((SELECT pg_catalog.decode(pg_catalog.current_setting('snap.mask_key'), 'hex')) OPERATOR(pg_catalog.||) pg_catalog.convert_to("n"::pg_catalog.text, 'UTF8')), 'hex'), 32))::varchar(9)

-- varchar(40)
(pg_catalog.left(pg_catalog.encode(pg_catalog.sha256((SELECT pg_catalog.decode(pg_catalog.current_setting('snap.mask_key'), 'hex')) OPERATOR(pg_catalog.||) pg_catalog.convert_to("n"::pg_catalog.text, 'UTF8')), 'hex'), 32))::varchar(40)

-- integer
NULL::integer

