-- What a living database has grown around WorldChef's tables, and what a careless restore would lose. Run once, as the
-- tables' owner, which is a plain role; nothing outside references the snapshot's tables by a foreign key.

-- What pg_get_indexdef does not print.
CREATE INDEX "Title, lower" ON public.recipes (lower(title), slug DESC NULLS LAST) INCLUDE (servings) WITH (fillfactor = 70);
ALTER INDEX "Title, lower" ALTER COLUMN 1 SET STATISTICS 700;
COMMENT ON INDEX "Title, lower" IS 'it''s a "comment"';
COMMENT ON INDEX public.recipe_likes_recipe_idx IS 'what a feed asks for';
ALTER INDEX public.recipes_search_idx SET (fastupdate = off, gin_pending_list_limit = 128);
ALTER TABLE public.recipe_likes CLUSTER ON recipe_likes_recipe_idx;
ALTER TABLE public.recipe_ratings CLUSTER ON recipe_ratings_recipe_idx;
CREATE UNIQUE INDEX ratings_twice ON public.recipe_ratings (recipe_id, user_id) WHERE rating > 0;
CREATE UNIQUE INDEX likes_identity ON public.recipe_likes (recipe_id, user_id) NULLS NOT DISTINCT;
ALTER TABLE public.recipe_likes REPLICA IDENTITY USING INDEX likes_identity;
ALTER TABLE public.recipes REPLICA IDENTITY USING INDEX recipes_author_id_slug_key;
ALTER TABLE public.user_follows REPLICA IDENTITY FULL;
CREATE INDEX likes_brin ON public.recipe_likes USING brin (created_at) WITH (pages_per_range = 16);
CREATE INDEX likes_hash ON public.recipe_likes USING hash (user_id);

-- Storage, statistics, columns.
ALTER TABLE public.recipe_likes SET (fillfactor = 90, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE public.users ALTER region SET STATISTICS 500, ALTER region SET (n_distinct = 6);
ALTER TABLE public.recipes ALTER description SET STORAGE EXTERNAL;
CREATE STATISTICS public."cuisine and meal" (dependencies, mcv) ON cuisine_type, meal_type FROM public.recipes;
ALTER STATISTICS public."cuisine and meal" SET STATISTICS 300;
COMMENT ON COLUMN public.users.bio IS 'what people say of themselves';
ALTER TABLE public.nutrition ADD COLUMN "Checked by" text DEFAULT 'nobody', ADD COLUMN gone int;
ALTER TABLE public.nutrition DROP COLUMN gone;

-- Constraints of every kind.
ALTER TABLE public.recipe_ratings ADD CONSTRAINT "rater, again" FOREIGN KEY (user_id) REFERENCES public.users
    ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE public.recipe_likes ADD CONSTRAINT liker_unchecked FOREIGN KEY (user_id) REFERENCES public.users NOT VALID;
ALTER TABLE public.recipe_likes ADD CONSTRAINT liked_lately CHECK (created_at > '2001-01-01Z') NOT VALID;
ALTER TABLE public.users ADD CONSTRAINT mail_later UNIQUE (email, id) DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE public.user_follows ADD CONSTRAINT once EXCLUDE USING btree (followee_id WITH =, follower_id WITH =);
COMMENT ON CONSTRAINT "rater, again" ON public.recipe_ratings IS 'twice, for the sake of it';
COMMENT ON CONSTRAINT once ON public.user_follows IS 'exclusion';

-- Row-level security that binds the owner too.
ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
ALTER TABLE public.recipes FORCE ROW LEVEL SECURITY;
ALTER TABLE public.recipe_likes FORCE ROW LEVEL SECURITY;
CREATE POLICY "no one, ever" ON public.recipe_likes AS RESTRICTIVE FOR DELETE USING (false);
COMMENT ON POLICY "no one, ever" ON public.recipe_likes IS 'not even the owner';

-- Triggers in every state; one that would undo a load, and one of a constraint.
CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER "drops rows" BEFORE INSERT ON public.recipe_likes FOR EACH ROW EXECUTE FUNCTION public.nothing();
CREATE TRIGGER off BEFORE INSERT ON public.recipe_ratings FOR EACH ROW EXECUTE FUNCTION public.nothing();
CREATE TRIGGER on_replicas BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.nothing();
CREATE TRIGGER whatever_happens BEFORE INSERT ON public.recipes FOR EACH ROW EXECUTE FUNCTION public.nothing();
CREATE TRIGGER emptied AFTER TRUNCATE ON public.recipes EXECUTE FUNCTION public.nothing();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON public.user_follows DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.nothing();
ALTER TABLE public.recipe_ratings DISABLE TRIGGER off;
ALTER TABLE public.users ENABLE REPLICA TRIGGER on_replicas;
ALTER TABLE public.recipes ENABLE ALWAYS TRIGGER whatever_happens;
COMMENT ON TRIGGER off ON public.recipe_ratings IS 'off for good';

-- Things outside the snapshot, with rows of their own.
CREATE SCHEMA "Back office";
CREATE SEQUENCE "Back office".tickets START 1000 INCREMENT 7;
SELECT nextval('"Back office".tickets'), nextval('"Back office".tickets');
CREATE TABLE "Back office".clerk (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO "Back office".clerk (name) SELECT 'clerk ' || n FROM generate_series(1, 50) n;
CREATE TABLE "Back office".audit (id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL, clerk int REFERENCES "Back office".clerk,
    what jsonb) PARTITION BY RANGE (at);
CREATE TABLE "Back office".audit_2025 PARTITION OF "Back office".audit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE "Back office".audit_2026 PARTITION OF "Back office".audit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON "Back office".audit (at);
INSERT INTO "Back office".audit (at, clerk, what)
    SELECT '2025-06-01'::date + n, 1 + n % 50, jsonb_build_object('n', n) FROM generate_series(1, 400) n;
CREATE VIEW "Back office".popular WITH (security_barrier) AS
    SELECT r.id, r.title, count(*) AS likes FROM public.active_recipes r JOIN public.recipe_likes l ON l.recipe_id = r.id
    GROUP BY r.id, r.title;
CREATE VIEW "Back office".most_popular AS SELECT * FROM "Back office".popular WHERE likes > 10;
CREATE MATERIALIZED VIEW "Back office".clerks AS SELECT count(*) FROM "Back office".clerk;
CREATE MATERIALIZED VIEW "Back office".empty AS SELECT * FROM "Back office".clerk WITH NO DATA;
CREATE UNIQUE INDEX ON "Back office".empty (id);
CREATE FUNCTION "Back office".liked(public.recipes) RETURNS integer LANGUAGE sql STABLE AS $$ SELECT $1.likes_count $$;
CREATE RULE no_delete AS ON DELETE TO "Back office".clerk DO INSTEAD NOTHING;
CREATE PUBLICATION feed FOR TABLE public.recipe_likes WHERE (recipe_id IS NOT NULL), public.users (id, email);

-- Who may do what.
GRANT SELECT ON public.recipes, public.recipe_likes, "Back office".popular TO "Guest of the house";
GRANT SELECT (id, display_name), UPDATE (bio) ON public.users TO "Guest of the house";
GRANT USAGE ON SCHEMA "Back office" TO "Guest of the house" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO "Guest of the house";
