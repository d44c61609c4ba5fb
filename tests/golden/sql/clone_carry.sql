-- owner
ALTER DATABASE "Copy ""1""" OWNER TO "chef ""x"""

-- attributes
ALTER DATABASE "Copy ""1""" CONNECTION LIMIT  -1

-- attributes of a labelled template
ALTER DATABASE "Copy ""1""" CONNECTION LIMIT 7;
ALTER DATABASE "Copy ""1""" IS_TEMPLATE true;
SECURITY LABEL FOR "anon" ON DATABASE "Copy ""1""" IS 'MASKED';
SECURITY LABEL FOR "selinux" ON DATABASE "Copy ""1""" IS 'system_u:it''s'

-- a setting
ALTER DATABASE "Copy ""1""" SET "work_mem" TO '7MB'

-- a setting of an extension
ALTER DATABASE "Copy ""1""" SET "app"."Tenant" TO  E'it''s 100 % \\'

-- a setting of a role
ALTER ROLE "Reader ""1""" IN DATABASE "Copy ""1""" SET "TimeZone" TO 'Asia/Tokyo'

-- a list of names
ALTER DATABASE "Copy ""1""" SET "search_path" FROM CURRENT

-- a list of names of a role
ALTER ROLE "app" IN DATABASE "Copy ""1""" SET "Search_Path" FROM CURRENT

