"""WorldChef, a recipe app: declared in dataset.py, in the words that every project has."""

PART_ROWS = {"recipes": 8_192}  # about 20 MB of documents: two workers stay busy, and memory stays flat
AHEAD = {"recipe_collection_items": 2}  # percent: a third of 100 and 700 is 33 and 233, and not 231
DERIVED = {  # by triggers of the database
    "users": {"last_active_at"},
    "recipes": {"likes_count", "ratings_count", "rating_average", "collections_count"},
    "recipe_collections": {"items_count"},
}
