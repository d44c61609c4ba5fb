-- created
CREATE DATABASE "Copy ""1"" %s {}" TEMPLATE "template1"

-- created from a large template
CREATE DATABASE "Copy ""1"" %s {}" TEMPLATE "snap_tpl_0" STRATEGY file_copy

-- created with all options
CREATE DATABASE "Copy ""1"" %s {}" TEMPLATE "template0" ENCODING 'LATIN1' LOCALE_PROVIDER 'libc' LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'C' TABLESPACE "Fast ""disk""" STRATEGY file_copy

-- dropped
DROP DATABASE IF EXISTS "Copy ""1"" %s {}"

-- dropped with its sessions
DROP DATABASE IF EXISTS "Copy ""1"" %s {}" WITH (FORCE)

-- commented
COMMENT ON DATABASE "Copy ""1"" %s {}" IS  E'it''s \\ 100 %'

-- no comment
COMMENT ON DATABASE "Copy ""1"" %s {}" IS NULL

