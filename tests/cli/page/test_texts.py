"""Test entity diagrams as text: goldens of the toy, and names that must be escaped in both languages."""

from __future__ import annotations

import re
from dataclasses import replace

from snap.schema import Column, Enum, ForeignKey, Table
from snap.types import parse
from snap_cli.page import dbml, mermaid
from tests.cases import toy
from tests.goldens import require_golden
from tests.paths import GOLDEN

HOSTILE = ('a"b', "a_b", "ta\nb", "100%", "back\\slash", "pk", "Ünï", "1st", "", "a b;{}[]", "\u202eright")


def hostile() -> list[Table]:
    columns = tuple(Column(name=name, type=parse("numeric(8,2)", ())) for name in HOSTILE if name)
    parent = Table(name='Log "book"', schema="a.b", columns=columns, primary_key=(columns[0].name, columns[1].name))
    key = ForeignKey(columns=parent.primary_key, references=parent.label, to=parent.primary_key)
    return [parent, replace(parent, name="Log _book_", foreign_keys=(key, key)), Table(name="none", columns=())]


def test_mermaid_of_the_toy() -> None:
    require_golden(GOLDEN / "erd" / "toy.mmd", mermaid([toy.CREW, toy.LOG]))


def test_dbml_of_the_toy() -> None:
    require_golden(GOLDEN / "erd" / "toy.dbml", dbml([toy.CREW, toy.LOG], [toy.MOOD]))


def test_mermaid_takes_every_name() -> None:
    """Mermaid accepts quoted names without a quote, %, backslash or line end, and plain words for attributes."""
    name, word = r'"[^"%\\\r\n]+"', r"[A-Za-z_\u00c0-\uffff][A-Za-z0-9_\[\]()]*"
    marks = r"(PK|FK|UK)(, (PK|FK|UK))*"
    line = re.compile(
        rf'erDiagram|    {name} \{{|    \}}|        {word} {word}( {marks})?( "[^"\r\n]*")?|'
        rf'    {name} (\|o|\|\|)--(o\{{|o\|) {name} : "[^"\r\n]*"'
    )
    text = mermaid(hostile())
    assert [each for each in text.removesuffix("\n").split("\n") if not line.fullmatch(each)] == []
    first = text.split("    }\n")[0].splitlines()[2:]
    words = [each.split()[1] for each in first]
    assert len(set(words)) == len(words) == len(HOSTILE) - 1
    assert "pk" not in words
    assert text.count(" : ") == 1


def test_dbml_takes_every_name() -> None:
    text = dbml(hostile(), [Enum(name='mo"od', labels=("", '"', "_")), Enum(name="none", labels=())])
    name = r'"[^"\\\n]+"'
    pair = rf"\({name}, {name}\)"
    line = re.compile(
        rf"Table {name}(\.{name})? \{{|Enum {name} \{{|\}}|  \}}|  indexes \{{|  {name}( {name}( \[[a-z, ]+\])?)?|"
        rf"    {pair} \[(pk|unique)\]|Ref: {name}\.{name}\.{pair} [->] {name}\.{name}\.{pair}|"
        rf"// table {name} has no columns|"
    )
    assert [each for each in text.split("\n") if not line.fullmatch(each)] == []
    assert text.count("Ref: ") == 1
    assert len(set(re.findall(r"Table (.+) \{", text))) == 2
    assert text.startswith('Enum "mo_od" {\n  "_"\n  "__"\n  "___"\n}\n')


def test_a_reference_says_how_many_rows_each_side_has() -> None:
    kind = parse("integer", ())

    def child(name: str, *, nullable: bool, unique: bool) -> Table:
        return Table(
            name=name,
            columns=(Column(name="p", type=kind, nullable=nullable),),
            unique=(("p",),) if unique else (),
            foreign_keys=(ForeignKey(columns=("p",), references="p", to=("id",)),),
        )

    tables = [
        Table(name="p", columns=(Column(name="id", type=kind, nullable=False),), primary_key=("id",)),
        child("many", nullable=False, unique=False),
        child("one", nullable=True, unique=True),
    ]
    assert mermaid(tables).splitlines()[-2:] == ['    "p" ||--o{ "many" : "p"', '    "p" |o--o| "one" : "p"']
    assert dbml(tables, []).splitlines()[-2:] == ['Ref: "many"."p" > "p"."id"', 'Ref: "one"."p" - "p"."id"']


def test_a_parent_that_is_not_in_the_snapshot_is_in_no_diagram() -> None:
    assert " : " not in mermaid([toy.LOG])
    assert "Ref" not in dbml([toy.LOG], [])
