-- WorldChef: the schema of a recipe app. Bare Postgres 15 to 18, no extension, any owner of schema public.
-- One transaction, one multi-statement execute. Every name is qualified, so no search_path decides what it means.

CREATE TYPE public.user_role AS ENUM ('standard', 'creator', 'moderator', 'admin');
CREATE TYPE public.dietary_type AS ENUM (
    'vegetarian', 'vegan', 'gluten_free', 'dairy_free', 'keto', 'paleo', 'low_carb', 'low_fat', 'halal', 'kosher'
);
CREATE TYPE public.cuisine_type AS ENUM (
    'american', 'italian', 'mexican', 'chinese', 'indian', 'thai', 'french', 'mediterranean', 'japanese', 'korean'
);
CREATE TYPE public.meal_type AS ENUM ('breakfast', 'lunch', 'dinner', 'snack', 'dessert', 'appetizer');
CREATE TYPE public.difficulty AS ENUM ('easy', 'medium', 'hard');
CREATE TYPE public.recipe_status AS ENUM ('draft', 'published', 'archived', 'admin_removed');


-- Tables, parents first.

CREATE TABLE public.users (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    email character varying(255) NOT NULL UNIQUE CHECK (email = pg_catalog.lower(email) AND email LIKE '_%@_%'),
    display_name character varying(100) NOT NULL CHECK (display_name <> ''),
    role public.user_role NOT NULL DEFAULT 'standard',
    region text NOT NULL CHECK (
        region IN ('north_america', 'latin_america', 'europe', 'south_asia', 'east_asia', 'middle_east_africa')
    ),
    location text NOT NULL,
    bio text,
    avatar_url text,
    dietary_preferences public.dietary_type[] NOT NULL DEFAULT '{}',
    is_verified boolean NOT NULL DEFAULT false,
    created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    updated_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    last_active_at timestamp with time zone NOT NULL,  -- no default: a trigger fills in created_at, not today
    deleted_at timestamp with time zone,
    CHECK (updated_at >= created_at),
    CHECK (deleted_at >= created_at)
);

CREATE TABLE public.recipes (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    author_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    title character varying(255) NOT NULL CHECK (title <> ''),
    slug character varying(280) NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    description text,
    ingredients jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(ingredients) = 'array'),
    instructions jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(instructions) = 'array'),
    prep_duration interval NOT NULL CHECK (prep_duration >= '0'::interval),
    cook_duration interval NOT NULL CHECK (cook_duration >= '0'::interval),
    servings integer NOT NULL CHECK (servings > 0),
    difficulty public.difficulty NOT NULL,
    cuisine_type public.cuisine_type NOT NULL,
    meal_type public.meal_type NOT NULL,
    dietary_tags public.dietary_type[] NOT NULL DEFAULT '{}',
    nutrition jsonb NOT NULL CHECK (
        pg_catalog.jsonb_typeof(nutrition) = 'object'
        AND pg_catalog.jsonb_typeof(nutrition -> 'calories') IS NOT DISTINCT FROM 'number'
    ),
    media_url text,  -- an object key in the recipe-image bucket
    status public.recipe_status NOT NULL DEFAULT 'draft',
    published_at timestamp with time zone,
    likes_count integer NOT NULL DEFAULT 0 CHECK (likes_count >= 0),
    ratings_count integer NOT NULL DEFAULT 0 CHECK (ratings_count >= 0),
    rating_average numeric(3,2) CHECK (rating_average BETWEEN 1 AND 5),
    collections_count integer NOT NULL DEFAULT 0 CHECK (collections_count >= 0),
    version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    -- The configuration is named and cast: to_tsvector(text) would follow a setting and not be immutable.
    search tsvector GENERATED ALWAYS AS (
        pg_catalog.setweight(pg_catalog.to_tsvector('pg_catalog.english'::regconfig, title), 'A')
        || pg_catalog.setweight(
            pg_catalog.to_tsvector('pg_catalog.english'::regconfig, COALESCE(description, '')), 'B'
        )
    ) STORED,
    created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    updated_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    deleted_at timestamp with time zone,
    UNIQUE (author_id, slug),
    CHECK (status = 'draft' OR published_at IS NOT NULL),  -- a draft with a moment is to be published then
    CHECK (published_at >= created_at),
    CHECK (updated_at >= created_at)
);

CREATE TABLE public.nutrition (
    ingredient_hash text PRIMARY KEY CHECK (ingredient_hash ~ '^[0-9a-f]{64}$'),
    canonical_string text NOT NULL,
    macros jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(macros) = 'object'),
    fdc_id integer,
    updated_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    expires_at timestamp with time zone NOT NULL,
    CHECK (expires_at > updated_at)
);

CREATE TABLE public.recipe_likes (
    user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    recipe_id uuid NOT NULL REFERENCES public.recipes (id) ON DELETE CASCADE,
    created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (user_id, recipe_id)
);

CREATE TABLE public.recipe_ratings (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    recipe_id uuid NOT NULL REFERENCES public.recipes (id) ON DELETE CASCADE,
    rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment text,
    created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    updated_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    UNIQUE (user_id, recipe_id),
    CHECK (updated_at >= created_at)
);

CREATE TABLE public.user_follows (
    follower_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    followee_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (follower_id, followee_id),
    CHECK (follower_id <> followee_id)
);

CREATE TABLE public.recipe_collections (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    name character varying(120) NOT NULL CHECK (name <> ''),
    description text,
    is_public boolean NOT NULL DEFAULT true,
    items_count integer NOT NULL DEFAULT 0 CHECK (items_count >= 0),
    created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    updated_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    deleted_at timestamp with time zone,
    CHECK (updated_at >= created_at)
);

CREATE TABLE public.recipe_collection_items (
    collection_id uuid NOT NULL REFERENCES public.recipe_collections (id) ON DELETE CASCADE,
    recipe_id uuid NOT NULL REFERENCES public.recipes (id) ON DELETE CASCADE,
    "position" integer NOT NULL CHECK ("position" >= 1),
    added_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (collection_id, recipe_id)
);


-- Indexes: what a feed asks for. Every foreign key leads an index; where a primary or unique key does not begin with
-- it, one below does. Counters are in no index, so that counting stays a heap-only update.

CREATE INDEX users_active_idx ON public.users (last_active_at DESC) WHERE deleted_at IS NULL;
CREATE INDEX recipes_feed_idx ON public.recipes (published_at DESC, id)
    WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX recipes_cuisine_feed_idx ON public.recipes (cuisine_type, meal_type, published_at DESC)
    WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX recipes_author_feed_idx ON public.recipes (author_id, published_at DESC) WHERE deleted_at IS NULL;
CREATE INDEX recipes_dietary_tags_idx ON public.recipes USING gin (dietary_tags);
CREATE INDEX recipes_search_idx ON public.recipes USING gin (search);
CREATE INDEX nutrition_expires_at_idx ON public.nutrition (expires_at);
CREATE INDEX recipe_likes_recipe_idx ON public.recipe_likes (recipe_id, created_at DESC);
CREATE INDEX recipe_ratings_recipe_idx ON public.recipe_ratings (recipe_id, created_at DESC);
CREATE INDEX user_follows_followee_idx ON public.user_follows (followee_id, created_at DESC);
CREATE INDEX recipe_collections_user_idx ON public.recipe_collections (user_id);
CREATE INDEX recipe_collections_public_idx ON public.recipe_collections (updated_at DESC)
    WHERE is_public AND deleted_at IS NULL;
CREATE INDEX recipe_collection_items_recipe_idx ON public.recipe_collection_items (recipe_id);
CREATE INDEX recipe_collection_items_order_idx ON public.recipe_collection_items (collection_id, "position");


-- updated_at moves with what people change, and stays where the statement itself sets it.
-- Arguments name the columns whose change is no edit; a counter's change does not even call this (see WHEN below).

CREATE FUNCTION public.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at
       AND (to_jsonb(NEW) - TG_ARGV) IS DISTINCT FROM (to_jsonb(OLD) - TG_ARGV) THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER touch BEFORE UPDATE ON public.users FOR EACH ROW
    WHEN (OLD.last_active_at IS NOT DISTINCT FROM NEW.last_active_at)
    EXECUTE FUNCTION public.touch_updated_at();
-- A generated column has no value yet in a BEFORE trigger, so `search` is left out of the comparison.
CREATE TRIGGER touch BEFORE UPDATE ON public.recipes FOR EACH ROW
    WHEN (
        (OLD.likes_count, OLD.ratings_count, OLD.rating_average, OLD.collections_count)
        IS NOT DISTINCT FROM (NEW.likes_count, NEW.ratings_count, NEW.rating_average, NEW.collections_count)
    )
    EXECUTE FUNCTION public.touch_updated_at('search');
CREATE TRIGGER touch BEFORE UPDATE ON public.recipe_ratings FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON public.recipe_collections FOR EACH ROW
    WHEN (OLD.items_count IS NOT DISTINCT FROM NEW.items_count)
    EXECUTE FUNCTION public.touch_updated_at();


-- Counters. They are counted anew rather than added to: right whatever stood there, even while a seed is merged into
-- a living database. The recipe is locked first, in the order of ids: of two likes at once, the second counts after
-- the first has committed, and no two transactions wait for each other. One call per statement, not per row.
-- SECURITY DEFINER: who likes a recipe may not update it.

CREATE FUNCTION public.count_likes(recipe_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM public.recipes AS r WHERE r.id = ANY (recipe_ids) ORDER BY r.id FOR NO KEY UPDATE;
    UPDATE public.recipes AS r SET likes_count = n.likes
    FROM (
        SELECT c.id, (SELECT count(*) FROM public.recipe_likes AS l WHERE l.recipe_id = c.id) AS likes
        FROM unnest(recipe_ids) AS c (id)
    ) AS n
    WHERE r.id = n.id AND r.likes_count <> n.likes;
END
$$;

CREATE FUNCTION public.count_ratings(recipe_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM public.recipes AS r WHERE r.id = ANY (recipe_ids) ORDER BY r.id FOR NO KEY UPDATE;
    UPDATE public.recipes AS r SET ratings_count = n.ratings, rating_average = n.average
    FROM (
        SELECT c.id, s.ratings, s.average
        FROM unnest(recipe_ids) AS c (id)
        CROSS JOIN LATERAL (
            SELECT count(*) AS ratings, avg(g.rating)::numeric(3,2) AS average
            FROM public.recipe_ratings AS g WHERE g.recipe_id = c.id
        ) AS s
    ) AS n
    WHERE r.id = n.id AND (r.ratings_count, r.rating_average) IS DISTINCT FROM (n.ratings, n.average);
END
$$;

CREATE FUNCTION public.count_items(recipe_ids uuid[], collection_ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM public.recipes AS r WHERE r.id = ANY (recipe_ids) ORDER BY r.id FOR NO KEY UPDATE;
    UPDATE public.recipes AS r SET collections_count = n.items
    FROM (
        SELECT c.id, (SELECT count(*) FROM public.recipe_collection_items AS i WHERE i.recipe_id = c.id) AS items
        FROM unnest(recipe_ids) AS c (id)
    ) AS n
    WHERE r.id = n.id AND r.collections_count <> n.items;
    PERFORM FROM public.recipe_collections AS s WHERE s.id = ANY (collection_ids) ORDER BY s.id FOR NO KEY UPDATE;
    UPDATE public.recipe_collections AS s SET items_count = n.items
    FROM (
        SELECT c.id, (SELECT count(*) FROM public.recipe_collection_items AS i WHERE i.collection_id = c.id) AS items
        FROM unnest(collection_ids) AS c (id)
    ) AS n
    WHERE s.id = n.id AND s.items_count <> n.items;
END
$$;

-- last_active_at only moves forward, to the moment of what was done. The two arrays are of one length.
CREATE FUNCTION public.saw_users(user_ids uuid[], moments timestamp with time zone[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM public.users AS u WHERE u.id = ANY (user_ids) ORDER BY u.id FOR NO KEY UPDATE;
    UPDATE public.users AS u SET last_active_at = seen.moment
    FROM (
        SELECT s.id, max(s.moment) AS moment FROM unnest(user_ids, moments) AS s (id, moment) GROUP BY s.id
    ) AS seen
    WHERE u.id = seen.id AND u.last_active_at < seen.moment;
END
$$;

-- Only triggers call these four; they would let anybody spend our time, or be seen as somebody else.
REVOKE ALL ON FUNCTION public.count_likes(uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.count_ratings(uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.count_items(uuid[], uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.saw_users(uuid[], timestamp with time zone[]) FROM PUBLIC;

CREATE FUNCTION public.start_last_active_at() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.last_active_at := COALESCE(NEW.last_active_at, NEW.created_at);
    RETURN NEW;
END
$$;

CREATE FUNCTION public.likes_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM public.count_likes(array_agg(DISTINCT a.recipe_id)) FROM added AS a;
        PERFORM public.saw_users(array_agg(a.user_id), array_agg(a.created_at)) FROM added AS a;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM public.count_likes(array_agg(DISTINCT r.recipe_id)) FROM removed AS r;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.ratings_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM public.count_ratings(array_agg(DISTINCT a.recipe_id)) FROM added AS a;
        PERFORM public.saw_users(array_agg(a.user_id), array_agg(a.updated_at)) FROM added AS a;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM public.count_ratings(array_agg(DISTINCT r.recipe_id)) FROM removed AS r;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.items_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM public.count_items(array_agg(DISTINCT a.recipe_id), array_agg(DISTINCT a.collection_id))
        FROM added AS a;
        PERFORM public.saw_users(array_agg(c.user_id), array_agg(a.added_at))
        FROM added AS a JOIN public.recipe_collections AS c ON c.id = a.collection_id;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM public.count_items(array_agg(DISTINCT r.recipe_id), array_agg(DISTINCT r.collection_id))
        FROM removed AS r;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.follows_added() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM public.saw_users(array_agg(a.follower_id), array_agg(a.created_at)) FROM added AS a;
    RETURN NULL;
END
$$;

-- The moment of a draft is when it is to be published, which nobody has done yet.
CREATE FUNCTION public.recipes_added() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM public.saw_users(array_agg(a.author_id), array_agg(
        CASE WHEN a.status = 'draft' THEN a.updated_at ELSE GREATEST(a.updated_at, a.published_at) END
    ))
    FROM added AS a;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.collections_added() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM public.saw_users(array_agg(a.user_id), array_agg(a.updated_at)) FROM added AS a;
    RETURN NULL;
END
$$;

-- Edits go row by row: a statement trigger would also collect every recipe whose counter moves.
CREATE FUNCTION public.recipe_edited() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM public.saw_users(ARRAY[NEW.author_id], ARRAY[NEW.updated_at]);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.collection_edited() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM public.saw_users(ARRAY[NEW.user_id], ARRAY[NEW.updated_at]);
    RETURN NULL;
END
$$;

CREATE TRIGGER start_active BEFORE INSERT ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.start_last_active_at();

CREATE TRIGGER added AFTER INSERT ON public.recipes
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.recipes_added();
CREATE TRIGGER edited AFTER UPDATE ON public.recipes
    FOR EACH ROW WHEN (OLD.updated_at < NEW.updated_at) EXECUTE FUNCTION public.recipe_edited();

CREATE TRIGGER added AFTER INSERT ON public.recipe_likes
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.likes_changed();
CREATE TRIGGER changed AFTER UPDATE ON public.recipe_likes
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.likes_changed();
CREATE TRIGGER removed AFTER DELETE ON public.recipe_likes
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.likes_changed();

CREATE TRIGGER added AFTER INSERT ON public.recipe_ratings
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.ratings_changed();
CREATE TRIGGER changed AFTER UPDATE ON public.recipe_ratings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.ratings_changed();
CREATE TRIGGER removed AFTER DELETE ON public.recipe_ratings
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.ratings_changed();

CREATE TRIGGER added AFTER INSERT ON public.user_follows
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.follows_added();

CREATE TRIGGER added AFTER INSERT ON public.recipe_collections
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.collections_added();
CREATE TRIGGER edited AFTER UPDATE ON public.recipe_collections
    FOR EACH ROW WHEN (OLD.updated_at < NEW.updated_at) EXECUTE FUNCTION public.collection_edited();

CREATE TRIGGER added AFTER INSERT ON public.recipe_collection_items
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.items_changed();
CREATE TRIGGER changed AFTER UPDATE ON public.recipe_collection_items
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.items_changed();
CREATE TRIGGER removed AFTER DELETE ON public.recipe_collection_items
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.items_changed();


-- Views see what the caller may see (security_invoker), not what their owner may.

CREATE VIEW public.active_users WITH (security_invoker = true) AS
    SELECT * FROM public.users WHERE deleted_at IS NULL;
CREATE VIEW public.active_recipes WITH (security_invoker = true) AS
    SELECT * FROM public.recipes WHERE deleted_at IS NULL;
-- The cache as the Edge Function names it. It takes inserts, updates and upserts, which are the table's own.
CREATE VIEW public.nutrition_cache WITH (security_invoker = true) AS
    SELECT ingredient_hash, canonical_string, macros, fdc_id, updated_at, expires_at FROM public.nutrition;


-- Row-level security. The signed-in user is the JWT's `sub`, as PostgREST sets it (old and new form), so that the
-- policies hold on Supabase and on a bare Postgres, which has no auth schema. The owner of the tables is not bound.
-- (SELECT ...) makes it one call per query instead of one per row.

CREATE FUNCTION public.current_user_id() RETURNS uuid
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT COALESCE(
        NULLIF(current_setting('request.jwt.claim.sub', true), ''),
        NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    )::uuid
$$;

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY users_read ON public.users FOR SELECT
    USING (deleted_at IS NULL OR id = (SELECT public.current_user_id()));
CREATE POLICY users_edit_own ON public.users FOR UPDATE
    USING (id = (SELECT public.current_user_id())) WITH CHECK (id = (SELECT public.current_user_id()));

ALTER TABLE public.recipes ENABLE ROW LEVEL SECURITY;
CREATE POLICY recipes_read ON public.recipes FOR SELECT
    USING ((status = 'published' AND deleted_at IS NULL) OR author_id = (SELECT public.current_user_id()));
CREATE POLICY recipes_add_own ON public.recipes FOR INSERT
    WITH CHECK (author_id = (SELECT public.current_user_id()));
CREATE POLICY recipes_edit_own ON public.recipes FOR UPDATE
    USING (author_id = (SELECT public.current_user_id()))
    WITH CHECK (author_id = (SELECT public.current_user_id()));
CREATE POLICY recipes_remove_own ON public.recipes FOR DELETE
    USING (author_id = (SELECT public.current_user_id()));

ALTER TABLE public.nutrition ENABLE ROW LEVEL SECURITY;  -- the Edge Function writes it as a role that is not bound
CREATE POLICY nutrition_read ON public.nutrition FOR SELECT USING (true);

ALTER TABLE public.recipe_likes ENABLE ROW LEVEL SECURITY;
CREATE POLICY recipe_likes_read ON public.recipe_likes FOR SELECT USING (true);
CREATE POLICY recipe_likes_add_own ON public.recipe_likes FOR INSERT
    WITH CHECK (user_id = (SELECT public.current_user_id()));
CREATE POLICY recipe_likes_remove_own ON public.recipe_likes FOR DELETE
    USING (user_id = (SELECT public.current_user_id()));

ALTER TABLE public.recipe_ratings ENABLE ROW LEVEL SECURITY;
CREATE POLICY recipe_ratings_read ON public.recipe_ratings FOR SELECT USING (true);
CREATE POLICY recipe_ratings_write_own ON public.recipe_ratings
    USING (user_id = (SELECT public.current_user_id())) WITH CHECK (user_id = (SELECT public.current_user_id()));

ALTER TABLE public.user_follows ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_follows_read ON public.user_follows FOR SELECT USING (true);
CREATE POLICY user_follows_add_own ON public.user_follows FOR INSERT
    WITH CHECK (follower_id = (SELECT public.current_user_id()));
CREATE POLICY user_follows_remove_own ON public.user_follows FOR DELETE
    USING (follower_id = (SELECT public.current_user_id()));

ALTER TABLE public.recipe_collections ENABLE ROW LEVEL SECURITY;
CREATE POLICY recipe_collections_read ON public.recipe_collections FOR SELECT
    USING ((is_public AND deleted_at IS NULL) OR user_id = (SELECT public.current_user_id()));
CREATE POLICY recipe_collections_write_own ON public.recipe_collections
    USING (user_id = (SELECT public.current_user_id())) WITH CHECK (user_id = (SELECT public.current_user_id()));

ALTER TABLE public.recipe_collection_items ENABLE ROW LEVEL SECURITY;
-- A collection that the caller may not read is not found by these subqueries either.
CREATE POLICY recipe_collection_items_read ON public.recipe_collection_items FOR SELECT
    USING (EXISTS (SELECT FROM public.recipe_collections AS c WHERE c.id = collection_id));
CREATE POLICY recipe_collection_items_write_own ON public.recipe_collection_items
    USING (
        EXISTS (
            SELECT FROM public.recipe_collections AS c
            WHERE c.id = collection_id AND c.user_id = (SELECT public.current_user_id())
        )
    )
    WITH CHECK (
        EXISTS (
            SELECT FROM public.recipe_collections AS c
            WHERE c.id = collection_id AND c.user_id = (SELECT public.current_user_id())
        )
    );
