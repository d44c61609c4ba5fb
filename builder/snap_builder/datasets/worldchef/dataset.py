"""WorldChef, a recipe app: users, recipes, a nutrition cache, and what people do with recipes."""

from functools import partial
from typing import Any

from snap.dataset import (
    Dataset,
    Table,
    after,
    average_of,
    case,
    choice,
    copy,
    count_of,
    during,
    integer,
    last_of,
    lognormal,
    made_by,
    moment,
    normal,
    pairs,
    position,
    ref,
    text,
    zipf,
)
from snap_builder.datasets.worldchef import audience, edge_cases, lives, nutrition, opinions, people, recipes, writing

waking = partial(moment, hours="awake", weekdays=(8, 8, 9, 10, 12, 18, 17))
name = partial(text, locale="locale")
UNTIL = made_by(lives.until, reads="deleted_at", types={"until": "timestamptz"})


def act(by: str, *begins: str, delay: Any = None) -> Any:
    """Return the moment of an act after all of `begins`, in a visit of the user. Visits come about every nine days.

    `delay` is the median, in seconds, and the sigma of a log-normal delay. Without it, any moment is equally likely.
    """
    ends = [f"{begin.rpartition('.')[0]}.deleted_at" for begin in begins]
    when = after(*begins, delay=delay and lognormal(*delay), until=ends)
    return waking(when, visits=(f"{by}_id", "9d", "25m"), zone=f"{by}.zone")


dataset = Dataset(
    seed=20_250_624,  # the day the data was first specified
    as_of="2026-11-01",
    profiles={
        "staging": 1,
        "poc2": {
            "users": 20_000,
            "recipes": 100_000,
            "nutrition": 12_000,
            "recipe_likes": 500_000,
            "recipe_ratings": 200_000,
            "user_follows": 50_000,
            "recipe_collections": 20_000,
            "recipe_collection_items": 100_000,
        },
    },
    tables=[
        Table(
            "users",
            300,
            edges=edge_cases.USERS,
            traits={
                "home": made_by(
                    people.homes,
                    *("area", "language", "speech", "locale", "zone", "address"),
                    types=dict.fromkeys(("speech", "locale", "zone", "address"), "text"),
                ),
                "favourite": made_by(people.tastes, "second", "diet", "diets", reads="area", null="diet"),
                "drive": made_by(
                    people.standing,
                    *("writing", "following", "fame", "circle", "number"),
                    reads=("role", "area", "created_at", "activity", "output", "curiosity"),
                ),
                "activity": integer(1, 2_000, shape=lognormal(40, "1.1")),
                "curiosity": integer(1, 200, shape=lognormal(20, "0.6")),  # how many users this user tends to follow
                "output": integer(1, 400, shape=lognormal(20, "0.8")),
                "kindness": integer(-320, 260, shape=normal(0, 120)),
                "character": integer(0, 2**31),
                "mailbox": choice(mail=1, post=1, inbox=1, kitchen=1, letters=1),
                "joint": choice({".": 1, "_": 1, "": 1}),
                "until": UNTIL,
            },
            columns={
                "role": choice(standard=80, creator=15, moderator=4, admin=1),
                "region": made_by(
                    people.profile, "avatar_url", "dietary_preferences", "is_verified", reads=("area", "role", "diets")
                ),
                "location": text("{address}"),
                "display_name": case(
                    "locale",
                    ja_JP=name("{last} {first}"),
                    ko_KR=name("{last}{first}"),
                    zh_CN=name("{last}{first}"),
                    other=name("{first} {last}"),
                ),
                "email": name("{first|ascii}{joint}{last|ascii}{n}@{mailbox}.example"),
                "bio": made_by(writing.bios, reads=("role", "speech", "home", "favourite")),
                "created_at": waking(during("-2y", "-2d"), growth=6, zone="zone"),
                "deleted_at": moment(after("created_at"), none=98),
                "updated_at": made_by(lives.changed(55, "until"), reads=("created_at", "deleted_at", "until")),
                "last_active_at": last_of(
                    "updated_at",
                    "recipes.updated_at",
                    "recipe_likes.created_at",
                    "recipe_ratings.updated_at",
                    "user_follows.created_at",
                    "recipe_collections.used_at",
                    by={"user_follows": "follower_id"},
                ),
            },
        ),
        Table(
            "recipes",
            600,
            edges=edge_cases.RECIPES,
            traits={
                "dish": made_by(recipes.choose, *recipes.TRAITS[1:], reads=recipes.READS, stream="recipe"),
                "servings_wanted": integer(1, 50, none=100),  # these four are set by edge cases
                "lines_wanted": integer(1, 20, none=100),
                "steps_wanted": integer(4, 24, none=100),
                "unmeasured": integer(1, 1, none=100),
                "from_area": copy("author.area"),
                "quality": integer(-400, 400, shape=normal(0, 160)),
                "appeal": integer(1, 2_000_000, shape=zipf("0.7")),
                "character": integer(0, 2**31),
                "cookable_at": made_by(
                    lives.cookable,
                    reads=("published_at", "prep_minutes", "cook_minutes"),
                    types={"cookable_at": "timestamptz"},
                    null="cookable_at",
                ),
                "until": UNTIL,
                "reach": made_by(audience.reach, reads=("published_at", "status", "quality", "appeal")),
            },
            columns={
                "author_id": ref("users", where={"role": ["creator", "moderator", "admin"]}, weight="writing"),
                "title": made_by(recipes.name, *recipes.NAMES[1:], reads=recipes.READS, stream="recipe"),
                "ingredients": made_by(recipes.compose, *recipes.COLUMNS[1:], reads=recipes.READS, stream="recipe"),
                "status": choice(draft=11, published=79, archived=8, admin_removed=2),
                "published_at": case(
                    "status",
                    draft=None,
                    other=moment(after("created_at", delay=lognormal(20_000, "1.6"), until="author.until")),
                ),
                "likes_count": count_of("recipe_likes"),
                "ratings_count": count_of("recipe_ratings"),
                "rating_average": average_of("recipe_ratings.rating"),
                "collections_count": count_of("recipe_collection_items"),
                "created_at": waking(after("author.created_at", until="author.until"), zone="author.zone"),
                "deleted_at": moment(after("published_at", until="author.until"), none=97),
                "updated_at": made_by(
                    lives.recipe,
                    "version",
                    reads=("created_at", "published_at", "deleted_at", "status", "author.until"),
                ),
            },
        ),
        Table("nutrition", 2_000, columns={"ingredient_hash": made_by(nutrition.cache_rows, *nutrition.COLUMNS)}),
        Table(
            "recipe_likes",
            2_500,
            pairs=pairs("user_id", "recipe_id", weight=("drive", "reach"), score=audience.likes, candidates=8),
            columns={"created_at": act("user", "user.created_at", "recipe.published_at", delay=(900_000, "1.6"))},
        ),
        Table(
            "recipe_ratings",
            1_000,
            edges=edge_cases.RATINGS,
            pairs=pairs("user_id", "recipe_id", weight=("drive", "reach"), score=audience.rates, candidates=8),
            columns={
                "rating": made_by(opinions.stars, reads=opinions.READ),
                "comment": made_by(writing.comments, reads=writing.READ),
                "created_at": act("user", "user.created_at", "recipe.cookable_at", delay=(1_100_000, "1.5")),
                "updated_at": made_by(
                    lives.changed(10, "user.until", "recipe.until", deleted=False),
                    reads=("created_at", "user.until", "recipe.until"),
                ),
            },
        ),
        Table(
            "user_follows",
            700,
            pairs=pairs(
                "follower_id",
                "followee_id",
                differ=True,
                weight=("following", "fame"),
                near=("circle", "circle", 60),
                mutual=30,
                score=audience.follows,
            ),
            columns={
                "created_at": act("follower", "follower.created_at", "followee.created_at", delay=(2_000_000, "1.5"))
            },
        ),
        Table(
            "recipe_collections",
            100,
            edges=edge_cases.COLLECTIONS,
            traits={
                "theme": made_by(writing.themes, "theme_value", reads=("user.favourite", "user.diets")),
                "gap_after": integer(1, 9, none=90),  # the place after which something was taken out
                "filling": made_by(audience.filling, reads=("size", "created_at")),
                "size": integer(1, 200, shape=lognormal(10, "0.8")),
                "until": UNTIL,
                "used_at": last_of("updated_at", "recipe_collection_items.added_at"),
            },
            columns={
                "user_id": ref("users", weight="activity"),
                "name": made_by(writing.shelves, "description", reads=("theme", "theme_value")),
                "is_public": choice({True: 72, False: 28}),
                "items_count": count_of("recipe_collection_items"),
                "created_at": act("user", "user.created_at"),
                "deleted_at": moment(after("created_at", until="user.deleted_at"), none=97),
                "updated_at": made_by(
                    lives.changed(40, "user.until"), reads=("created_at", "deleted_at", "user.until")
                ),
            },
        ),
        Table(
            "recipe_collection_items",
            700,
            traits={"place": position("collection_id")},
            pairs=pairs(
                "collection_id", "recipe_id", weight=("filling", "reach"), score=audience.collects, candidates=8
            ),
            columns={
                "position": made_by(lives.positions, reads=("place", "collection.gap_after")),
                "added_at": act(
                    "collection.user", "collection.created_at", "recipe.published_at", delay=(1_500_000, "1.4")
                ),
            },
        ),
    ],
)
