"""Test recipes: they suit their authors and their category, and their texts match their ingredients."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snap_builder.datasets.worldchef import choosing, recipes
from snap_builder.datasets.worldchef.kitchen import ANY_CUISINE, dish_list, kitchen
from snap_builder.datasets.worldchef.photos import photo
from snap_builder.datasets.worldchef.suiting import FILTERS, HOLDS, suits
from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, LANGUAGES, MEALS, food_words, foods
from tests.builder.datasets.worldchef.recipe_rows import NULL, RecipeRows

ROWS = 600


@pytest.fixture(scope="module")
def made():
    rows = RecipeRows(0, ROWS)
    return recipes.choose(rows), recipes.name(rows), recipes.compose(rows)


@pytest.fixture(scope="module")
def documents(made):
    return [
        [json.loads(text) for text in made[2][name].storage.to_pylist()] for name in ("ingredients", "instructions")
    ]


def _chosen(rows=4_000, **given):
    return recipes.choose(RecipeRows(0, rows, given={path.replace("__", "."): value for path, value in given.items()}))


@pytest.mark.slow
def test_functions_make_what_they_say(made):
    assert [tuple(part) for part in made] == [recipes.TRAITS, recipes.NAMES, recipes.COLUMNS]
    assert all(len(values) == ROWS for part in made for values in part.values())


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 300), st.integers(1, 60))
def test_any_cut_makes_the_same_recipes(start, length):
    whole, part = RecipeRows(0, 400), RecipeRows(start, min(start + length, 400))
    for function in (recipes.choose, recipes.name, recipes.compose):
        for name, values in function(part).items():
            expected = function(whole)[name][part.start : part.stop]
            same = np.array_equal(values, expected) if isinstance(values, np.ndarray) else values.equals(expected)
            assert same, name


def test_lengths_vary(documents):
    for lists, low, high in zip(documents, (3, 4), (20, 24), strict=True):
        lengths = np.array([len(items) for items in lists])
        assert lengths.std() >= 3
        assert lengths.min() >= low
        assert lengths.max() <= high


def test_most_recipes_are_of_the_authors_cuisines():
    rows = RecipeRows(0, 4_000)
    favourite, second = (rows.integers(f"author.{which}") for which in ("favourite", "second"))
    cuisine = recipes.choose(rows)["cuisine"]
    assert np.mean(cuisine == favourite) >= 0.6
    assert np.mean((cuisine == favourite) | (cuisine == second)) >= 0.75


@pytest.mark.slow
def test_authors_keep_to_their_diet():
    for diet in ("vegetarian", "vegan", "gluten_free", "halal", "kosher"):
        place = DIETS.index(diet)
        chosen = _chosen(author__diet=place)
        assert np.all((chosen["tags"] >> place) & 1), diet
    assert not _chosen(author__diet=DIETS.index("vegan"))["flesh"].any()
    assert not _chosen(author__diet=DIETS.index("halal"))["pork"].any()
    assert 0.2 <= _chosen(author__diet=NULL)["flesh"].mean() <= 0.7


@pytest.mark.parametrize("language", range(1, len(LANGUAGES)))
def test_authors_write_in_their_language(language):
    chosen = _chosen(rows=2_000, author__language=language, author__diet=NULL)["language"]
    assert set(chosen.tolist()) == {0, language}
    assert 0.5 <= np.mean(chosen == language) <= 0.7


def test_each_diet_has_dishes_in_each_language():
    languages, filters = np.arange(len(LANGUAGES))[:, None], np.arange(len(FILTERS))
    lists = dish_list(languages, np.full((1, 1), ANY_CUISINE), filters)
    assert (kitchen().favourites.totals[lists] > 0).all()


def test_few_carbohydrates_are_those_of_a_serving():
    suiting = dict(zip((food.name for food in foods()), suits(foods())[FILTERS.index("low_carb")], strict=True))
    assert [suiting[name] for name in ("garlic", "soy sauce", "tofu", "halloumi", "cumin")] == [True] * 5
    assert [suiting[name] for name in ("potato", "white rice", "sugar", "honey", "kidney beans")] == [False] * 5


@pytest.mark.slow
def test_edge_cases_have_the_lengths_asked_for():
    for path, values, name in (
        ("steps_wanted", (4, 24), "steps"),
        ("lines_wanted", (1, 3, 20), "lines"),
        ("servings_wanted", (1, 50), "servings"),
    ):
        for value in values:
            wanted = np.full(40, NULL)
            wanted[7] = value
            plain = choosing.choice(RecipeRows(0, 40, given={"author.diet": NULL, "author.language": 0}))
            made = choosing.choice(RecipeRows(0, 40, given={path: wanted, "author.diet": NULL, "author.language": 0}))
            assert getattr(made, name)[7] == value
            others = np.arange(40) != 7
            assert np.array_equal(made.food[others], plain.food[others])


def test_an_unmeasured_recipe_has_a_line_without_quantity_and_unit():
    columns = recipes.compose(RecipeRows(0, 3, given={"unmeasured": [NULL, 1, NULL]}))
    lines = [json.loads(text) for text in columns["ingredients"].storage.to_pylist()]
    assert [(line[-1]["quantity"], line[-1]["unit"]) for line in lines][1] == (None, None)
    assert all(line["quantity"] for line in lines[0] + lines[1][:-1] + lines[2])


def test_no_food_stands_twice_and_no_serving_is_too_large():
    book, made = kitchen(), choosing.choice(RecipeRows(0, 8_000))
    row, place = np.nonzero(made.line)
    food = made.food[row, place]
    assert len(np.unique(row * len(book.foods) + food)) == len(row)
    grams = made.quantity[row, place] * book.milligrams[food, made.unit[row, place]] / 100
    assert np.all(grams <= book.most[food] * made.servings[row])
    assert np.all(grams > 0)


def test_steps_are_numbered_and_use_the_foods_of_the_list(documents):
    for lines, steps in zip(*documents, strict=True):
        assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
        used = [name for step in steps for name in step["ingredients"]]
        assert set(used) == {line["name"] for line in lines}


def test_minutes_add_up(made, documents):
    prep, cook = (made[0][name] for name in ("prep_minutes", "cook_minutes"))
    minutes = [sum(step.get("minutes", 0) for step in steps) for steps in documents[1]]
    assert np.array_equal(prep + cook, minutes)
    spans = made[2]["cook_duration"].field("microseconds").to_numpy()
    assert np.array_equal(spans, cook * 60_000_000)


def test_texts_call_a_food_by_its_quantity(made, documents):
    languages = made[0]["language"]
    singles = plurals = 0
    for language, lines, steps in zip(languages.tolist(), *documents, strict=True):
        words = food_words(LANGUAGES[language])
        for line in lines:
            one, many = words[line["name"]].single, words[line["name"]].display
            if one == many or line["unit"] not in {"piece", "g", "kg"}:
                continue
            single = line["unit"] == "piece" and line["quantity"] <= 1
            right = one if single else many
            for step in steps:
                if line["name"] in step["ingredients"]:
                    assert right.lower() in step["text"].lower(), (right, step["text"])
                    singles, plurals = singles + single, plurals + (not single)
    assert singles > 50
    assert plurals > 100


def test_steps_for_a_food_stand_only_with_it():
    book, made = kitchen(), choosing.choice(RecipeRows(0, 3_000))
    checked = 0
    for row in range(3_000):
        dish = book.dishes[made.dish[row]]
        held = {slot.name: made.food[row, s] for s, slot in enumerate(dish.slots)}
        for k, step in enumerate(dish.steps):
            stands = all(held[name] >= 0 and book.foods[held[name]].name in some for name, some in step.only.items())
            assert made.stands[row, k] == stands
            checked += bool(step.only)
    assert checked > 1_000


def test_titles_and_descriptions_differ(made):
    titles, descriptions = (made[1][name].drop_null().to_pylist() for name in ("title", "description"))
    assert len(set(titles)) >= 0.97 * ROWS
    assert len(set(descriptions)) >= 0.9 * len(descriptions)
    assert max(map(len, titles)) <= 255
    assert len(descriptions) < ROWS


@pytest.mark.slow
def test_titles_claim_only_what_holds():
    rows = RecipeRows(0, 20_000)
    chosen, titles = recipes.choose(rows), recipes.name(rows)["title"].to_pylist()
    minutes = chosen["prep_minutes"] + chosen["cook_minutes"]
    tags = chosen["tags"]
    seen = set()
    for title, each, mask, meal in zip(titles, minutes.tolist(), tags.tolist(), chosen["meal"].tolist(), strict=True):
        for word, holds in (
            ("Speedy ", each <= 30),
            ("Last-Minute ", each <= 30),
            ("Vegan ", mask >> DIETS.index("vegan") & 1),
            ("Gluten-Free ", mask >> DIETS.index("gluten_free") & 1),
            ("Birthday ", MEALS[meal] == "dessert"),
        ):
            if title.startswith(word):
                seen.add(word)
                assert holds, title
    assert len(seen) == 5


@pytest.mark.slow
def test_titles_and_descriptions_differ_among_many():
    made = recipes.name(RecipeRows(0, 100_000))
    assert len(made["title"].unique()) >= 40_000
    descriptions = made["description"].drop_null()
    assert len(descriptions.unique()) >= 0.6 * len(descriptions)


def test_addresses_are_unique_and_latin(made):
    slugs = made[1]["slug"].to_pylist()
    assert len(set(slugs)) == ROWS
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)


def test_desserts_have_a_photo_of_sweets(made):
    photos = np.array(made[2]["media_url"].to_pylist(), object)
    desserts = photos[made[0]["meal"] == MEALS.index("dessert")]
    shown = [each for each in desserts if each]
    assert shown
    assert set(shown) <= {"recipes/04.jpg", "recipes/23.jpg"}
    assert 0.02 <= np.mean([each is None for each in photos]) <= 0.5


def test_a_photo_shows_nothing_that_the_recipe_lacks():
    bits = {name: 1 << place for place, name in enumerate(HOLDS)}
    words = np.arange(0, 2**40, 2**33, dtype=np.uint64)
    from snap_builder.datasets.worldchef.photos import _album

    album = _album()
    for held in (0, bits["meat"], bits["shellfish"], bits["meat"] | bits["egg"]):
        for kind in range(1, len(album.photos.counts)):
            found = photo(np.full(len(words), kind), np.full(len(words), held), words)
            found = found[found >= 0]
            assert not np.any(album.shows[found] & ~held)
            assert not np.any(album.hides[found] & held)


def test_nutrition_is_the_sum_of_the_lines(made, documents):
    by_name = {food.name: food for food in foods()}
    nutrition = [json.loads(text) for text in made[2]["nutrition"].storage.to_pylist()]
    for lines, servings, document in zip(documents[0], made[2]["servings"].to_pylist(), nutrition, strict=True):
        protein = sum(
            line["quantity"] * by_name[line["name"]].units[line["unit"]] / 1000 * by_name[line["name"]].macros[6] / 1000
            for line in lines
        )
        assert abs(protein / servings - document["protein_g"]) < 0.051
        assert document["source_info"]["ingredients"] == len(lines)


def test_cuisines_are_all_there():
    assert set(_chosen()["cuisine"].tolist()) == set(range(len(CUISINES)))
