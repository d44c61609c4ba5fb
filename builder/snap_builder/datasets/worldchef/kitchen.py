"""Foods and dishes compiled to arrays and programs, so that a recipe is a few draws and one gather.

A recipe's row of variables, by which the programs name what varies (shape (rows, WIDTH)):
foods, units, quantities and notes per slot, then minutes and photo per step; -1 stands for "not there".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIFFICULTIES, MEALS, Dish, Food, dishes, foods
from snap_builder.engine.streams import Ints
from snap_builder.engine.templates import CONSTANT, Entry, Pool, Program, Programs

SLOTS = 12
STEPS = 8
FOOD, UNIT, QUANTITY, NOTE = 0, SLOTS, 2 * SLOTS, 3 * SLOTS
MINUTES, PHOTO = 4 * SLOTS, 4 * SLOTS + STEPS
WIDTH = 4 * SLOTS + 2 * STEPS
PHOTOS = 24  # image fixtures recipes/00.jpg to recipes/23.jpg
_WHOLE = 10_000  # quantities below this have a piece of text; beyond, no dish goes
QUARTER = 25  # hundredths: the smallest step of a quantity

# To what a scaled quantity is rounded, in hundredths of the unit.
_STEP = {"g": 500, "ml": 500, "piece": 50, "can": 50, "stick": 50, "oz": 50, "head": 25, "bunch": 25}
_STEP |= dict.fromkeys(("tsp", "tbsp", "cup", "lb", "kg", "l"), 25)
_SMALL = 5000  # below 50 g or ml, whole ones

_TOKEN = re.compile(r"\[(?P<section>[^\]]*)\]|\{(?P<slot>\w+)\}")


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of different lengths, end to end: list i is values[starts[i] : starts[i] + counts[i]]."""

    values: Ints
    starts: Ints
    counts: Ints

    def pick(self, index: Ints, choice: Ints) -> Ints:
        """Give element `choice` of list `index`; what lies beyond a list is not asked for."""
        return self.values[np.minimum(self.starts[index] + choice, len(self.values) - 1)]


def ragged(lists: Sequence[Sequence[int]]) -> Ragged:
    counts = np.array([len(items) for items in lists], np.int64)
    values = np.array([item for items in lists for item in items] or [0], np.int64)
    return Ragged(values, np.cumsum(counts) - counts, counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen:
    """Everything compiled. Per-slot lists are indexed by dish * SLOTS + slot, per-step ones by dish * STEPS + step."""

    foods: tuple[Food, ...]
    dishes: tuple[Dish, ...]
    units: tuple[str, ...]
    weights: tuple[int, ...]
    cuisine: Ints
    difficulty: Ints
    meals: Ragged
    servings: Ragged
    slot_food: Ragged
    slot_unit: Ragged
    slot_quantity: Ragged
    slot_optional: Ints  # (dishes * SLOTS,), 1 where optional
    slot_notes: Ragged
    step_minutes: Ragged
    step_cook: Ints
    step_photo: Ints
    title_count: Ints
    description_count: Ints
    titles: Programs
    descriptions: Programs
    ingredients: Programs
    instructions: Programs
    title_start: Ints
    description_start: Ints
    unit_step: Ints  # (units,), hundredths
    unit_metric: Ints  # (units,), 1 for g and ml: what people measure to the gram
    milligrams: Ints  # (foods, units), per one unit; 0 where the unit does not fit the food
    macros: Ints  # (foods, MACROS), tenths per 100 g


@cache
def kitchen() -> Kitchen:
    """Compile the vocabulary, once a process. Errors: ValueError for a dish that does not make sense."""
    all_foods, all_dishes = foods(), dishes()
    index = {food.name: i for i, food in enumerate(all_foods)}
    units = tuple(sorted({unit for food in all_foods for unit in food.units}))
    unit_index = {unit: i for i, unit in enumerate(units)}
    milligrams = np.zeros((len(all_foods), len(units)), np.int64)
    for i, food in enumerate(all_foods):
        for unit, weight in food.units.items():
            milligrams[i, unit_index[unit]] = weight
    slots = [dish.slots[s] if s < len(dish.slots) else None for dish in all_dishes for s in range(SLOTS)]
    steps = [dish.steps[k] if k < len(dish.steps) else None for dish in all_dishes for k in range(STEPS)]
    writer = _Writer(all_foods, units, {note for slot in slots if slot for note in slot.notes})
    titles = [[writer.title(dish, text) for text in dish.titles] for dish in all_dishes]
    descriptions = [[writer.description(dish, text) for text in dish.descriptions] for dish in all_dishes]
    ingredients = [writer.ingredients(dish) for dish in all_dishes]
    instructions = [writer.instructions(dish) for dish in all_dishes]
    title_count = np.array([len(programs) for programs in titles], np.int64)
    description_count = np.array([len(programs) for programs in descriptions], np.int64)
    alternatives = [slot.alternatives if slot else () for slot in slots]
    return Kitchen(
        foods=all_foods,
        dishes=all_dishes,
        units=units,
        weights=tuple(dish.weight**3 for dish in all_dishes),  # favourites stand out
        cuisine=np.array([CUISINES.index(dish.cuisine) for dish in all_dishes]),
        difficulty=np.array([DIFFICULTIES.index(dish.difficulty) for dish in all_dishes]),
        meals=ragged([[MEALS.index(meal) for meal in dish.meals] for dish in all_dishes]),
        servings=ragged([dish.servings for dish in all_dishes]),
        slot_food=ragged([[index[a.food] for a in group] for group in alternatives]),
        slot_unit=ragged([[unit_index[a.unit] for a in group] for group in alternatives]),
        slot_quantity=ragged([[a.quantity for a in group] for group in alternatives]),
        slot_optional=np.array([int(bool(slot and slot.optional)) for slot in slots]),
        slot_notes=ragged([[writer.notes[note] for note in slot.notes] if slot else [] for slot in slots]),
        step_minutes=ragged([step.minutes if step else [] for step in steps]),
        step_cook=np.array([int(bool(step and step.cook)) for step in steps]),
        step_photo=np.array([int(bool(step and step.photo)) for step in steps]),
        title_count=title_count,
        description_count=description_count,
        titles=Programs(writer.pool, [program for group in titles for program in group]),
        descriptions=Programs(writer.pool, [program for group in descriptions for program in group]),
        ingredients=Programs(writer.pool, ingredients),
        instructions=Programs(writer.pool, instructions),
        title_start=np.cumsum(title_count) - title_count,
        description_start=np.cumsum(description_count) - description_count,
        unit_step=np.array([_STEP.get(unit, 100) for unit in units]),
        unit_metric=np.array([int(unit in {"g", "ml"}) for unit in units]),
        milligrams=milligrams,
        macros=np.array([food.macros for food in all_foods], np.int64),
    )


def scale_quantity(book: Kitchen, quantity: Ints, unit: Ints, servings: Ints, usual: Ints) -> Ints:
    """Scale hundredths from `usual` servings to `servings`, rounded half up to what one measures in that unit."""
    step = np.where((book.unit_metric[unit] == 1) & (quantity * servings < _SMALL * usual), 100, book.unit_step[unit])
    return np.maximum((2 * quantity * servings + usual * step) // (2 * usual * step), 1) * step


def quantity_piece(quantity: Ints) -> Ints:
    """Give the index of a quantity's text in the pool's block of quantities (see `_Writer`)."""
    return np.where(quantity % 100 == 0, quantity // 100, _WHOLE + quantity // QUARTER)


def quantity_text(hundredths: int) -> str:
    """Give a quantity as JSON has it: 250 -> 2.5."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


class _Writer:
    """Compiles the texts of dishes to programs over one pool."""

    def __init__(self, all_foods: Sequence[Food], units: Sequence[str], notes: set[str]) -> None:
        self.pool = Pool()
        displays = [food.display for food in all_foods]
        self._name = self.pool.block(_json(food.name) for food in all_foods)
        self._display = self.pool.block(displays)
        self._capital = self.pool.block(text[:1].upper() + text[1:] for text in displays)
        self._title = self.pool.block(_title_case(text) for text in displays)
        self._unit = self.pool.block(_json(unit) for unit in units)
        self._quantity = self.pool.block(
            [str(whole) for whole in range(_WHOLE)] + [quantity_text(QUARTER * quarters) for quarters in range(_WHOLE)]
        )
        self._number = self.pool.block(str(number) for number in range(2000))
        self._photo = self.pool.block(f"recipes/{number:02d}.jpg" for number in range(PHOTOS))
        ordered = sorted(notes)
        self._note = self.pool.block(_json(note) for note in ordered)
        self.notes = {note: i for i, note in enumerate(ordered)}

    def title(self, dish: Dish, text: str) -> Program:
        return tuple(self._template(dish, text, lambda piece: piece, title=True))

    def description(self, dish: Dish, text: str) -> Program:
        return tuple(self._template(dish, text, lambda piece: piece))

    def ingredients(self, dish: Dish) -> Program:
        """The JSON array of ingredient lines; the first line is never optional, so that commas can lead."""
        entries: list[Entry] = []
        if dish.slots[0].optional or len(dish.slots) > SLOTS:
            raise ValueError(f"dish {dish.id}: the first slot is optional, or there are over {SLOTS}")
        for s, slot in enumerate(dish.slots):
            guard = FOOD + s if slot.optional else CONSTANT
            note = NOTE + s

            def say(text: str, guard: int = guard) -> Entry:
                return Entry(self.pool.code(text), guard=guard)

            entries += [
                say(("[" if s == 0 else ", ") + '{"name": "'),
                Entry(self._name, FOOD + s, guard),
                say('", "unit": "'),
                Entry(self._unit, UNIT + s, guard),
                say('"'),
            ]
            if slot.notes:
                entries += [say(', "notes": "', note), Entry(self._note, note, note), say('"', note)]
            entries += [
                say(', "optional": true, "quantity": ' if slot.optional else ', "quantity": '),
                Entry(self._quantity, QUANTITY + s, guard),
                say("}"),
            ]
        return (*entries, Entry(self.pool.code("]")))

    def instructions(self, dish: Dish) -> Program:
        """The JSON array of steps."""
        entries: list[Entry] = []
        if len(dish.steps) > STEPS:
            raise ValueError(f"dish {dish.id}: over {STEPS} steps")
        for k, step in enumerate(dish.steps):
            entries.append(self._say(f'{"[" if k == 0 else ", "}{{"step": {k + 1}, "text": "'))
            entries += self._template(dish, step.text, _json)
            entries.append(self._say('"'))
            if step.minutes:
                entries += [self._say(', "minutes": '), Entry(self._number, MINUTES + k)]
            if step.photo:
                photo = PHOTO + k
                entries.append(Entry(self.pool.code(', "image_url": "'), guard=photo))
                entries.append(Entry(self._photo, photo, photo))
                entries.append(Entry(self.pool.code('"'), guard=photo))
            entries += self._used(dish, step.text)
            entries.append(self._say("}"))
        return (*entries, self._say("]"))

    def _used(self, dish: Dish, text: str) -> Iterator[Entry]:
        """The names of the foods that a step uses, mandatory ones first so that commas can lead."""
        names = [slot.name for slot in dish.slots]
        used = dict.fromkeys(match["slot"] for match in re.finditer(r"\{(?P<slot>\w+)\}", text.lower()))
        slots = sorted((names.index(name) for name in used), key=lambda s: (dish.slots[s].optional, s))
        if sum(dish.slots[s].optional for s in slots) > 1 and dish.slots[slots[0]].optional:
            raise ValueError(f"dish {dish.id}: a step of optional slots only may use one of them")
        yield self._say(', "ingredients": [')
        for position, s in enumerate(slots):
            guard = FOOD + s if dish.slots[s].optional else CONSTANT
            yield Entry(self.pool.code(', "' if position else '"'), guard=guard)
            yield Entry(self._name, FOOD + s, guard)
            yield Entry(self.pool.code('"'), guard=guard)
        yield self._say("]")

    def _template(
        self,
        dish: Dish,
        text: str,
        escape: Callable[[str], str],
        *,
        title: bool = False,
        guard: int = CONSTANT,
    ) -> Iterator[Entry]:
        names = {slot.name: s for s, slot in enumerate(dish.slots)}
        position = 0
        for match in _TOKEN.finditer(text):
            if match.start() > position:
                yield Entry(self.pool.code(escape(text[position : match.start()])), guard=guard)
            position = match.end()
            if match["section"] is not None:
                inside = {names[m["slot"].lower()] for m in _TOKEN.finditer(match["section"])}
                optional = [s for s in inside if dish.slots[s].optional]
                if len(optional) != 1 or guard != CONSTANT:
                    raise ValueError(f"dish {dish.id}: [{match['section']}] needs one optional slot")
                yield from self._template(dish, match["section"], escape, title=title, guard=FOOD + optional[0])
                continue
            name = match["slot"]
            s = names[name.lower()]
            if dish.slots[s].optional and guard != FOOD + s:
                raise ValueError(f"dish {dish.id}: optional {name} outside [...]")
            base = self._title if title else self._capital if name[0].isupper() else self._display
            yield Entry(base, FOOD + s, guard)
        if position < len(text):
            yield Entry(self.pool.code(escape(text[position:])), guard=guard)

    def _say(self, text: str) -> Entry:
        return Entry(self.pool.code(text))


def _json(text: str) -> str:
    """Give the inside of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _title_case(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
