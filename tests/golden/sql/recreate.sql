-- schema
CREATE SCHEMA "Back ""Room"" %s {}"

-- comment of a schema
COMMENT ON SCHEMA "Back ""Room"" %s {}" IS  E'it''s \\ 100 %'

-- no comment of a schema
COMMENT ON SCHEMA "Back ""Room"" %s {}" IS NULL

-- extension in a schema of the backup
CREATE EXTENSION "cit-ext" SCHEMA "extensions"

-- extension in another schema
CREATE SCHEMA IF NOT EXISTS "extensions";
CREATE EXTENSION "cit-ext" SCHEMA "extensions"

-- comment of a view
COMMENT ON VIEW other."Seen %s {}" IS 'it''s'

-- comment of a constraint
COMMENT ON CONSTRAINT to_crew on other.boat IS 'whose'

-- comment of a trigger
COMMENT ON TRIGGER counted on other.boat IS 'counts'

