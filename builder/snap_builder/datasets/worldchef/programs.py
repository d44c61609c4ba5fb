"""The texts of dishes and components, compiled to programs over one pool of pieces.

A program's variables are those of one line, one step or one title: see LINE_ and STEP_ below. A food is given by its
form: twice its index, plus 1 if the recipe holds one piece of it, or -1 if the food is not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence

from snap_builder.datasets.worldchef.records import Component, Dish, Food, Part, Step
from snap_builder.datasets.worldchef.vocabulary import LANGUAGES, food_words
from snap_builder.engine.templates import CONSTANT, Entry, Pool, Program

SLOTS = 14  # the most slots of a dish; a component has fewer
STEPS = 24  # the most steps that are written for a dish, including variants by food
PHOTOS = 24  # image fixtures recipes/00.jpg to recipes/23.jpg
LINE_FOOD, LINE_UNIT, LINE_QUANTITY, LINE_NOTE, LINE_OPTIONAL, LINE_FIRST, LINE_LAST = range(7)
LINE_WIDTH = 7
STEP_NUMBER, STEP_MINUTES, STEP_PHOTO, STEP_LAST = range(SLOTS, SLOTS + 4)  # after the forms of its slots
STEP_WIDTH = SLOTS + 4
WHOLE = 80_000  # whole quantities below this have a piece of text; no food needs more for 50 servings
QUARTER = 25  # hundredths: the smallest step of a quantity
UNMEASURED = 2 * WHOLE  # the piece of a line without quantity

_TOKEN = re.compile(r"\[(?P<section>[^\]]*)\]|\{(?P<slot>\w+)\}")


def quantity_text(hundredths: int) -> str:
    """Return a quantity, given in hundredths, as a JSON number: 250 -> 2.5."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


class Writer:
    """Compiles the texts of dishes and components to programs."""

    def __init__(self, foods: Sequence[Food], units: Sequence[str], notes: set[str]) -> None:
        self.pool = Pool()
        self._name = self.pool.block(_json(food.name) for food in foods for _ in range(2))
        # A comma for each form of a food, and no text for form -1, a food that is not there.
        self._comma = 1 + self.pool.block(["", *(", " for _ in range(2 * len(foods)))])
        words = {language: [food_words(language)[food.name] for food in foods] for language in LANGUAGES}
        self._display = {
            language: self.pool.block(text for word in some for text in (word.display, word.single))
            for language, some in words.items()
        }
        self._capital = {
            language: self.pool.block(
                text[:1].upper() + text[1:] for word in some for text in (word.display, word.single)
            )
            for language, some in words.items()
        }
        self._title = {
            language: self.pool.block(text for word in some for text in word.titles) for language, some in words.items()
        }
        self._unit = self.pool.block([*(f'"{_json(unit)}"' for unit in units), "null"])
        self._quantity = self.pool.block(
            [
                *(str(whole) for whole in range(WHOLE)),
                *(quantity_text(QUARTER * quarters) for quarters in range(WHOLE)),
                "null",
            ]
        )
        self.number = self.pool.block(str(number) for number in range(2000))
        self._begin = self.pool.block(f'{", " if i else "["}{{"step": {i + 1}, "text": "' for i in range(64))
        self._photo = self.pool.block(f"recipes/{number:02d}.jpg" for number in range(PHOTOS))
        ordered = sorted(notes)
        self._note = self.pool.block(_json(note) for note in ordered)
        self.notes = {note: i for i, note in enumerate(ordered)}

    def title(self, part: Part, text: str) -> Program:
        """Return the program of a title, or of a component's name, with the words that foods have in titles."""
        return tuple(self._template(part, text, _plain, self._title[part.language], frozenset()))

    def sentence(self, part: Part, text: str) -> Program:
        """Return the program of a description, or of a component's name within a sentence."""
        return tuple(self._template(part, text, _plain, self._display[part.language], frozenset()))

    def phrase(self, text: str, variables: dict[str, int], language: str) -> Program:
        """Return the program of a phrase. `variables` has the variable of each placeholder: {food} or a number."""
        bases = dict.fromkeys(variables, self.number) | {"food": self._display[language]}
        bases["Food"] = self._capital[language]
        return tuple(
            Entry(bases[piece[1:-1]], variables[piece[1:-1].lower()])
            if piece.startswith("{")
            else Entry(self.pool.code(piece))
            for piece in re.split(r"(\{\w+\})", text)
            if piece
        )

    def line(self) -> Program:
        """Return the program of an ingredient line in JSON. The first line opens the array, the last one closes it."""
        start = self.pool.block(['[{"name": "', ', {"name": "'])
        return (
            Entry(start, LINE_FIRST),
            Entry(self._name, LINE_FOOD),
            self._say('", "unit": '),
            Entry(self._unit, LINE_UNIT),
            self._say(', "notes": "', LINE_NOTE),
            Entry(self._note, LINE_NOTE, LINE_NOTE),
            self._say('"', LINE_NOTE),
            self._say(', "optional": true', LINE_OPTIONAL),
            self._say(', "quantity": '),
            Entry(self._quantity, LINE_QUANTITY),
            self._say("}"),
            self._say("]", LINE_LAST),
        )

    def step(self, part: Part, step: Step) -> Program:
        """Return the program of a step in JSON. The first step opens the array, the last one closes it."""
        sure = frozenset(step.only)
        entries: list[Entry] = [
            Entry(self._begin, STEP_NUMBER),
            *self._template(part, step.text, _json, self._display[part.language], sure),
            self._say('"'),
        ]
        if step.minutes:
            entries += [self._say(', "minutes": '), Entry(self.number, STEP_MINUTES)]
        if step.photo:
            entries += [
                self._say(', "image_url": "', STEP_PHOTO),
                Entry(self._photo, STEP_PHOTO, STEP_PHOTO),
                self._say('"', STEP_PHOTO),
            ]
        return (*entries, *self._used(part, step.text, sure), self._say("}"), self._say("]", STEP_LAST))

    def _used(self, part: Part, text: str, sure: frozenset[str]) -> Iterator[Entry]:
        """Yield the JSON list of the foods that a step uses.

        Mandatory foods come first, so that each later food can bring the comma before it.
        """
        names = [slot.name for slot in part.slots]
        used = dict.fromkeys(match["slot"].lower() for match in re.finditer(r"\{(?P<slot>\w+)\}", text))
        optional = [slot.optional and slot.name not in sure for slot in part.slots]
        slots = sorted((names.index(name) for name in used), key=lambda s: (optional[s], s))
        if len(slots) > 2 and optional[slots[0]]:
            raise ValueError(f"{part.id}: a step of optional slots only may use two of them: {text}")
        yield self._say(', "ingredients": [')
        for position, s in enumerate(slots):
            guard = s if optional[s] else CONSTANT
            if position and optional[slots[0]]:
                yield Entry(self._comma, slots[0], guard)
            yield self._say(', "' if position and not optional[slots[0]] else '"', guard)
            yield Entry(self._name, s, guard)
            yield self._say('"', guard)
        yield self._say("]")

    def _template(
        self,
        part: Part,
        text: str,
        escape: Callable[[str], str],
        base: int,
        sure: frozenset[str],
        guard: int = CONSTANT,
    ) -> Iterator[Entry]:
        names = {slot.name: s for s, slot in enumerate(part.slots)}
        position = 0
        for match in _TOKEN.finditer(text):
            if match.start() > position:
                yield self._say(escape(text[position : match.start()]), guard)
            position = match.end()
            if match["section"] is not None:
                inside = {names.get(m["slot"].lower(), 0) for m in _TOKEN.finditer(match["section"])}
                optional = [s for s in inside if part.slots[s].optional]
                if len(optional) != 1 or guard != CONSTANT:
                    raise ValueError(f"{part.id}: [{match['section']}] needs one optional slot")
                yield from self._template(part, match["section"], escape, base, sure, optional[0])
                continue
            name = match["slot"]
            if name.lower() not in names:
                raise ValueError(f"{part.id}: {{{name}}} is no slot: {text}")
            s = names[name.lower()]
            if part.slots[s].optional and guard != s and name.lower() not in sure:
                raise ValueError(f"{part.id}: optional {name} outside [...]: {text}")
            capital = name[0].isupper() and base == self._display[part.language]
            yield Entry(self._capital[part.language] if capital else base, s, guard)
        if position < len(text):
            yield self._say(escape(text[position:]), guard)

    def _say(self, text: str, guard: int = CONSTANT) -> Entry:
        return Entry(self.pool.code(text), guard=guard)


def spoken_name(component: Component) -> str:
    """Return a component's name as it stands within a sentence.

    An English name gets small first letters, except for the words in _PROPER.
    """
    if component.language != "en":
        return component.name
    return " ".join(
        word if word.startswith("{") or word in _PROPER else word[:1].lower() + word[1:]
        for word in component.name.split(" ")
    )


_PROPER = frozenset(
    {
        "American", "Bangkok", "Chinese", "Dijon", "French", "Greek", "Indian", "Isan", "Italian", "Japanese", "Korean",
        "Lebanese", "Mexican", "Moroccan", "Parisian", "Parmesan", "Persian", "Provençal", "Roman", "Sichuan",
        "Sicilian", "Spanish", "Thai", "Turkish", "Tuscan", "Worcestershire",
    }
)  # fmt: skip


def check_part(part: Part) -> None:
    """Raise ValueError, with the part's id, if no recipe can hold the part."""
    names = {slot.name for slot in part.slots}
    slots, steps = (SLOTS, STEPS) if isinstance(part, Dish) else (COMPONENT_SLOTS, COMPONENT_STEPS)
    if not part.slots or part.slots[0].optional or len(part.slots) > slots:
        raise ValueError(f"{part.id}: the first slot is optional, or there are over {slots}")
    if not part.steps or len(part.steps) > steps:
        raise ValueError(f"{part.id}: no step, or over {steps}")
    for step in part.steps:
        unknown = {name.lower() for name in re.findall(r"\{(\w+)\}", step.text)} | set(step.only)
        if unknown - names:
            raise ValueError(f"{part.id}: a step names slots that are not there: {', '.join(sorted(unknown - names))}")


COMPONENT_SLOTS = 6
COMPONENT_STEPS = 8


def _plain(text: str) -> str:
    return text


def _json(text: str) -> str:
    """Return the inside of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
