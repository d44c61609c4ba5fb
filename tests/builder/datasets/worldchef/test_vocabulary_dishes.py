"""Test dishes and components: their texts match the recipes' ingredients, whatever is drawn."""

import dataclasses

import pytest

from snap_builder.datasets.worldchef import naming
from snap_builder.datasets.worldchef.kitchen import kitchen
from snap_builder.datasets.worldchef.programs import check_part
from snap_builder.datasets.worldchef.records import Alternative, Phrase, Slot, Step
from snap_builder.datasets.worldchef.vocabulary import CUISINES, KINDS, LANGUAGES, components, dishes, wording
from tests.builder.datasets.worldchef import dish_checks


@pytest.mark.slow
def test_texts_of_dishes_and_components_have_no_faults():
    assert dish_checks.faults() == []


def test_every_cuisine_has_dishes_and_components_for_each_of_its_kinds():
    lacking = [
        (cuisine, kind)
        for cuisine in CUISINES
        for kind in {dish.kind for dish in dishes() if (dish.language, dish.cuisine) == ("en", cuisine)}
        if not any(component.cuisine == cuisine and kind in component.fits for component in components())
        and not any(
            dish.id in component.fits
            for dish in dishes()
            if (dish.cuisine, dish.kind) == (cuisine, kind)
            for component in components()
        )
    ]
    assert len(lacking) <= len(CUISINES), lacking


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_dishes_components_and_wording(language):
    assert sum(dish.language == language for dish in dishes()) >= 10
    assert sum(component.language == language for component in components()) >= 5
    assert len(wording(language).frames) >= 10
    assert len(wording(language).remarks) >= 10


def test_a_vegan_cooks_in_every_cuisine():
    book = kitchen()
    for cuisine in range(len(CUISINES)):
        held = [dish for dish in book.dishes if dish.cuisine == CUISINES[cuisine]]
        assert held, CUISINES[cuisine]


def _dish(**changed):
    return dataclasses.replace(dishes()[0], **changed)


def _slot(name, *, optional=False, food="salt"):
    return Slot(
        name=name, alternatives=(Alternative(food=food, quantity=100, unit="tsp"),), optional=optional, notes=()
    )


def _step(text, **changed):
    step = Step(text=text, cook=False, minutes=(), photo=False, serve=False, only={})
    return dataclasses.replace(step, **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"slots": (_slot("a", optional=True),)}, "the first slot is optional"),
        ({"slots": tuple(_slot(f"s{i}") for i in range(15))}, "over 14"),
        ({"steps": ()}, "no step"),
        ({"steps": (_step("Add the {ghost}."),)}, "slots that are not there: ghost"),
        ({"steps": (_step("Stir.", only={"ghost": ("salt",)}),)}, "slots that are not there: ghost"),
    ],
)
def test_a_dish_that_no_recipe_can_hold_is_refused(changed, said):
    with pytest.raises(ValueError, match=said) as refused:
        check_part(_dish(**changed))
    assert dishes()[0].id in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Add the {b}.", "optional b outside"),
        ("Stir[ well].", "needs one optional slot"),
        ("Stir[ in the {a}].", "needs one optional slot"),
        ("Finish[ with the {b}][, the {c}][ and the {d}].", "may use two of them"),
    ],
)
def test_a_step_that_may_name_what_is_not_there_is_refused(text, said):
    slots = (_slot("a"), *(_slot(name, optional=True) for name in "bcd"))
    with pytest.raises(ValueError, match=said):
        kitchen().writer.step(_dish(slots=slots), _step(text))


def test_a_title_that_names_no_slot_is_refused():
    with pytest.raises(ValueError, match=r"\{ghost\} is no slot"):
        kitchen().writer.title(_dish(), "Soup of {ghost}")


def test_a_frame_that_asks_for_what_no_recipe_is_is_refused():
    with pytest.raises(ValueError, match="asks for purple"):
        naming._facts(Phrase(text="Purple {title}", when=("purple",), avoid=()))


@pytest.mark.parametrize(
    ("title", "frame", "fits"),
    [
        ("Sunday Roast of {meat}", "Sunday {title}", False),
        ("Nonna's Soup of {veg}", "Grandma's {title}", False),
        ("Soup of {veg}", "Grandma's {title}", True),
        ("Soup of {veg}", "{title} of the Day", True),
    ],
)
def test_a_frame_says_nothing_that_the_title_says(title, frame, fits):
    assert naming._fits([title], [Phrase(text=frame, when=(), avoid=())]).tolist() == [[fits]]


def test_a_frame_avoids_what_it_would_contradict():
    frame = Phrase(text="Quick {title}", when=("quick",), avoid=("slow",))
    assert naming._fits(["Slow Stew of {meat}", "Stew of {meat}"], [frame]).tolist() == [[False], [True]]


def test_kinds_are_known():
    assert {dish.kind for dish in dishes()} <= set(KINDS)
