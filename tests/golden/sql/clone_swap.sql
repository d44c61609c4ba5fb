-- the old one goes aside
ALTER DATABASE "Staging ""1"" %s {}" RENAME TO "snap_old_0"

-- the copy takes its place
ALTER DATABASE "snap_new_0" RENAME TO "Staging ""1"" %s {}"

-- a replaced template can be dropped
ALTER DATABASE "snap_old_0" IS_TEMPLATE false

