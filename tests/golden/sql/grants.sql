-- from the owner outwards
GRANT SELECT ON TABLE "public"."crew" TO "a" WITH GRANT OPTION;
GRANT SELECT ON TABLE "public"."crew" TO "owner";
SET LOCAL ROLE "a";
GRANT SELECT ON TABLE "public"."crew" TO "b" WITH GRANT OPTION;
RESET ROLE;
SET LOCAL ROLE "b";
GRANT SELECT ON TABLE "public"."crew" TO "c ""x""";
RESET ROLE

-- others held them
REVOKE ALL ON TABLE "public"."crew" FROM "a" CASCADE;
REVOKE ALL ON TABLE "public"."crew" FROM "b" CASCADE;
REVOKE ALL ON TABLE "public"."crew" FROM "c ""x""" CASCADE;
REVOKE ALL ON TABLE "public"."crew" FROM "owner" CASCADE;
GRANT INSERT ON TABLE "public"."crew" TO PUBLIC;
GRANT SELECT ON TABLE "public"."crew" TO "owner"

-- a column's
REVOKE ALL ("Name") ON TABLE "public"."crew" FROM PUBLIC CASCADE;
GRANT SELECT ("Name") ON TABLE "public"."crew" TO "a"

