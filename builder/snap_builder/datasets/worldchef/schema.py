"""WorldChef's schema as the snapshot knows it. schema.sql is the same for Postgres, which a test compares."""

from __future__ import annotations

from importlib.resources import files

from snap.schema import Column, Enum, ForeignKey, Table
from snap.types import parse
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, DIFFICULTIES, MEALS

SQL = (files("snap_builder.datasets.worldchef") / "schema.sql").read_text("utf-8")

ENUMS = (
    Enum(name="user_role", labels=("standard", "creator", "moderator", "admin")),
    Enum(name="dietary_type", labels=DIETS),
    Enum(name="cuisine_type", labels=CUISINES),
    Enum(name="meal_type", labels=MEALS),
    Enum(name="difficulty", labels=DIFFICULTIES),
    Enum(name="recipe_status", labels=("draft", "published", "archived", "admin_removed")),
)
_ENUM_NAMES = frozenset(enum.name for enum in ENUMS)
_MARKS = {"null", "derived", "generated"}
_SHORT = {"timestamptz": "timestamp with time zone"}


def _columns(text: str) -> tuple[Column, ...]:
    """Read one column a line: its name, its type as Postgres prints it, and after a comma what marks it.

    A column is NOT NULL unless it is marked `null`; `derived` and `generated` are as in snap.schema.Column.
    """
    result = []
    for line in text.strip().splitlines():
        definition, *marks = line.strip().split(", ")
        name, kind = definition.split(" ", 1)
        if not _MARKS.issuperset(marks):
            raise ValueError(f"column {name} has unknown marks: {marks}")
        result.append(
            Column(
                name=name,
                type=parse(_SHORT.get(kind, kind), _ENUM_NAMES),
                nullable="null" in marks,
                derived="derived" in marks,
                generated="generated" in marks,
            )
        )
    return tuple(result)


def _refers(column: str, table: str) -> ForeignKey:
    return ForeignKey(columns=(column,), references=table, to=("id",))


TABLES = (
    Table(
        name="users",
        columns=_columns("""
            id uuid
            email character varying(255)
            display_name character varying(100)
            role user_role
            region text
            location text
            bio text, null
            avatar_url text, null
            dietary_preferences dietary_type[]
            is_verified boolean
            created_at timestamptz
            updated_at timestamptz
            last_active_at timestamptz, derived
            deleted_at timestamptz, null
        """),
        primary_key=("id",),
        unique=(("email",),),
    ),
    Table(
        name="recipes",
        columns=_columns("""
            id uuid
            author_id uuid
            title character varying(255)
            slug character varying(280)
            description text, null
            ingredients jsonb
            instructions jsonb
            prep_duration interval
            cook_duration interval
            servings integer
            difficulty difficulty
            cuisine_type cuisine_type
            meal_type meal_type
            dietary_tags dietary_type[]
            nutrition jsonb
            media_url text, null
            status recipe_status
            published_at timestamptz, null
            likes_count integer, derived
            ratings_count integer, derived
            rating_average numeric(3,2), null, derived
            collections_count integer, derived
            version integer
            search tsvector, null, generated
            created_at timestamptz
            updated_at timestamptz
            deleted_at timestamptz, null
        """),
        primary_key=("id",),
        unique=(("author_id", "slug"),),
        foreign_keys=(_refers("author_id", "users"),),
    ),
    Table(
        name="nutrition",
        columns=_columns("""
            ingredient_hash text
            canonical_string text
            macros jsonb
            fdc_id integer, null
            updated_at timestamptz
            expires_at timestamptz
        """),
        primary_key=("ingredient_hash",),
    ),
    Table(
        name="recipe_likes",
        columns=_columns("""
            user_id uuid
            recipe_id uuid
            created_at timestamptz
        """),
        primary_key=("user_id", "recipe_id"),
        foreign_keys=(_refers("user_id", "users"), _refers("recipe_id", "recipes")),
    ),
    Table(
        name="recipe_ratings",
        columns=_columns("""
            id bigint
            user_id uuid
            recipe_id uuid
            rating smallint
            comment text, null
            created_at timestamptz
            updated_at timestamptz
        """),
        primary_key=("id",),
        unique=(("user_id", "recipe_id"),),
        foreign_keys=(_refers("user_id", "users"), _refers("recipe_id", "recipes")),
    ),
    Table(
        name="user_follows",
        columns=_columns("""
            follower_id uuid
            followee_id uuid
            created_at timestamptz
        """),
        primary_key=("follower_id", "followee_id"),
        foreign_keys=(_refers("follower_id", "users"), _refers("followee_id", "users")),
    ),
    Table(
        name="recipe_collections",
        columns=_columns("""
            id uuid
            user_id uuid
            name character varying(120)
            description text, null
            is_public boolean
            items_count integer, derived
            created_at timestamptz
            updated_at timestamptz
            deleted_at timestamptz, null
        """),
        primary_key=("id",),
        foreign_keys=(_refers("user_id", "users"),),
    ),
    Table(
        name="recipe_collection_items",
        columns=_columns("""
            collection_id uuid
            recipe_id uuid
            position integer
            added_at timestamptz
        """),
        primary_key=("collection_id", "recipe_id"),
        foreign_keys=(_refers("collection_id", "recipe_collections"), _refers("recipe_id", "recipes")),
    ),
)
