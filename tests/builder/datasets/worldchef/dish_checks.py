"""Find errors in the texts of dishes and components without making a recipe.

`python -m tests.builder.datasets.worldchef.dish_checks` prints one error a line.
"""

import itertools
import re
import sys

from snap_builder.datasets.worldchef.kitchen import kitchen
from snap_builder.datasets.worldchef.naming import _book
from snap_builder.datasets.worldchef.records import Dish
from snap_builder.datasets.worldchef.vocabulary import KINDS, components, dishes, foods

FOODS = {food.name: food for food in foods()}
_ACTS = (
    "beat|mash|slice|shred|chop|tear|grate|crumble|peel|scrub|dice|crush|halve|drain|rinse|shell|trim|boil|steam|fry"
    "|grill|roast|bake|toss|fold|stir|cut|whisk|mince|cube"
)
_HEDGE = re.compile(rf"\b({_ACTS}) or ({_ACTS})\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b(a|an|each|one|every|another) \{\w+\}|\{\w+\} (is|are|was|were|has|have|gets|get|makes|make|takes|take|needs)\b"
    r"|\buntil (they|it)\b",
    re.IGNORECASE,
)
_CUT_NOTE = re.compile(r"\b(diced|sliced|chopped|minced|grated|cubed|shredded|crushed|halved|quartered|torn|cut)\b")
_CUT = r"\b(slice|dice|chop|mince|grate|cube|shred|crush|halve|quarter|tear|cut)\b[^.,;{]*(\{\w+\}( and the | and )?)*"
_WORDS = sorted({text for food in FOODS.values() for text in (food.display, food.single)}, key=len, reverse=True)
_FOOD = re.compile(rf"\b(?:{'|'.join(map(re.escape, map(str.lower, _WORDS)))})\b")
# Phrases that contain the name of a food but mean no ingredient.
_NO_FOOD = re.compile(
    r"\b(rice cakes?|egg wash|lemon juice|spring onions?|corn on the cob|mint-green|peppercorns?|chilies?|salt-grilled"
    r"|butter-soft|honey-colou?red|salty|water bath|eggy|sugary|ice cubes)\b"
)


def slots_in(text):
    return [name.lower() for name in re.findall(r"\{(\w+)\}", text)]


def ways(part, names):
    """Yield every way to fill the slots with these names; None stands for an empty slot."""
    slots = [slot for slot in part.slots if slot.name in names]
    choices = [
        [alternative.food for alternative in slot.alternatives] + ([None] if slot.optional else []) for slot in slots
    ]
    for filled in itertools.product(*choices):
        yield dict(zip((slot.name for slot in slots), filled, strict=True))


def standing(part, filled):
    """Return the steps that remain when slots are filled in this way."""
    return [step for step in part.steps if all(filled[name] in wanted for name, wanted in step.only.items())]


def said_by(part, step, word):
    """Return whether a step's slots always mention a word."""
    return any(always(part, name, word) for name in slots_in(step.text))


def always(part, name, word):
    slot = next(slot for slot in part.slots if slot.name == name)
    return (
        all(word in f"{FOODS[way.food].display} {FOODS[way.food].single}".lower() for way in slot.alternatives)
        and not slot.optional
    )


def named(text):
    """Return the foods that a text names outside its slots."""
    plain = re.sub(r"\{\w+\}", "#", text.lower())
    return [match.group() for match in _FOOD.finditer(_NO_FOOD.sub("#", plain))]


def faults_of_part(part):
    depends = {name for step in part.steps for name in step.only}
    for slot in part.slots:
        for filled in ways(part, depends | {slot.name}):
            if filled[slot.name] and not any(slot.name in slots_in(step.text) for step in standing(part, filled)):
                yield f"{slot.name} is used by no step where it is {filled[slot.name]}"
                break
    for one, other in itertools.combinations(part.slots, 2):
        for food in {way.food for way in one.alternatives} & {way.food for way in other.alternatives}:
            yield f"{food} may fill {one.name} and {other.name}"
    for slot in part.slots:
        for way in slot.alternatives:
            if way.unit not in FOODS[way.food].units:
                yield f"{way.food} has no unit {way.unit}"
    for step in part.steps:
        if any(minutes < 1 for minutes in step.minutes) or list(step.minutes) != sorted(set(step.minutes)):
            yield f"minutes {step.minutes} are not in order"
        if isinstance(part, Dish) and step.serve:
            yield "a step of a dish has `serve`"
    if part.language == "en":
        yield from faults_of_english(part)


def faults_of_english(part):
    texts = [step.text for step in part.steps]
    if isinstance(part, Dish):
        texts += [*part.titles, *part.descriptions]
    for text in texts:
        for pattern, what in ((_HEDGE, "hedges"), (_NUMBER, "depends on a number")):
            if found := pattern.search(text):
                yield f"{what}: {found.group()!r} in {text!r}"
    for text in texts:
        for word, name in re.findall(r"(\w+) \{(\w+)\}", text.lower()):
            held = next(slot for slot in part.slots if slot.name == name).alternatives
            if any(FOODS[way.food].display.lower().startswith(f"{word} ") for way in held):
                yield f"{word!r} may stand twice: {text!r}"
    for step in part.steps:
        for word in named(step.text):
            if not said_by(part, step, word):
                yield f"{word!r} is no slot of the step {step.text!r}"
    for slot in part.slots:
        cut = re.compile(rf"{_CUT}\{{{slot.name}\}}", re.IGNORECASE)
        for note in slot.notes:
            if _CUT_NOTE.search(note) and any(cut.search(text) for text in texts):
                yield f"{slot.name} is cut in the note {note!r} and in a step"


def faults_of_dish(dish):
    if dish.kind not in KINDS:
        yield f"kind {dish.kind!r}"
    needed = [slot for slot in dish.slots if not slot.optional]
    depends = {name for step in dish.steps for name in step.only}
    counts = [len(standing(dish, filled)) for filled in ways(dish, depends)]
    if dish.weight and (len(needed) < 3 or len(dish.slots) > 14):
        yield f"{len(needed)} to {len(dish.slots)} lines"
    if dish.weight and (min(counts) < 4 or max(counts) > 16):
        yield f"{min(counts)} to {max(counts)} steps"
    for slot in dish.slots:
        for way in slot.alternatives:
            grams = way.quantity * FOODS[way.food].units.get(way.unit, 0) / 100_000
            if grams > FOODS[way.food].max_g * dish.servings[0]:
                yield f"{grams:g} g of {way.food} for {dish.servings[0]}"
    for text in dish.titles:
        if not {slot.name for slot in needed} & set(slots_in(text)):
            yield f"the title {text!r} names no food that is always there"
    if dish.language != "en":
        return
    for text in (*dish.titles, *dish.descriptions):
        for word in named(text):
            if not any(always(dish, slot.name, word) for slot in needed):
                yield f"{word!r} may be missing: {text!r}"


def faults_of_component(component, ids):
    for fit in component.fits:
        if fit not in KINDS and fit not in ids:
            yield f"fits {fit!r}, which is no kind and no dish"
    if component.language == "en":
        for word in named(component.name):
            if not any(always(component, slot.name, word) for slot in component.slots):
                yield f"{word!r} of its name may be missing"


def faults():
    """Return every error, as pairs (part, what is wrong)."""
    kitchen(), _book()
    ids = {dish.id for dish in dishes()}
    found = [(dish.id, fault) for dish in dishes() for fault in (*faults_of_part(dish), *faults_of_dish(dish))]
    found += [
        (component.id, fault)
        for component in components()
        for fault in (*faults_of_part(component), *faults_of_component(component, ids))
    ]
    every = [part.id for part in (*dishes(), *components())]
    return found + [(name, "the id stands twice") for name in sorted(set(every)) if every.count(name) > 1]


if __name__ == "__main__":
    for part, fault in faults():
        sys.stdout.write(f"{part}: {fault}\n")
