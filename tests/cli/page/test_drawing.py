"""Test the diagram as SVG: well-formed for every table name."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from snap.schema import Column, ForeignKey, Table
from snap.types import parse
from snap_cli.page.drawing import drawing
from tests.cases import toy

SVG = "{http://www.w3.org/2000/svg}"


def drawn(tables: list[Table]) -> ElementTree.Element:
    return ElementTree.fromstring(str(drawing(tables)).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_a_box_leads_to_its_table_and_shows_the_columns_of_keys() -> None:
    links = drawn([toy.LOG, toy.CREW]).findall(f"{SVG}a")
    assert [link.get("href") for link in links] == ["#table-1", "#table-2"]
    texts = [[text.text for text in link.iter(f"{SVG}text")] for link in links]
    assert texts == [["ship.Log book", "n", "PK", "author", "FK"], ["crew", "id", "PK"]]


def test_a_line_leads_from_column_to_column_and_says_which() -> None:
    paths = drawn([toy.CREW, toy.LOG]).findall(f"{SVG}path")
    assert [path.get("class") for path in paths] == ["optional", "end"]
    assert paths[1].findtext(f"{SVG}title") == "ship.Log book.author → crew.id"


def test_names_are_escaped_and_cut() -> None:
    name = "</text><script>&'\"" + "w" * 80 + "\x1b[2J"
    kind = parse("integer", ())
    table = Table(name=name, columns=(Column(name=name, type=kind),), primary_key=(name,))
    loop = replace(table, foreign_keys=(ForeignKey(columns=(name,), references=table.label, to=(name,)),))
    found = drawn([loop])
    assert found.find(f".//{SVG}script") is None
    texts = [text.text or "" for text in found.iter(f"{SVG}text")]
    assert all(len(text) <= 30 for text in texts)
    assert texts[0].endswith("…")
    assert "\x1b" not in ElementTree.tostring(found, "unicode")


def test_a_table_without_a_key_is_a_box_with_its_name() -> None:
    found = drawn([Table(name="bare", columns=())])
    assert [text.text for text in found.iter(f"{SVG}text")] == ["bare"]


def test_a_column_has_no_line_to_itself() -> None:
    names = ("shop", "id", "above")
    columns = tuple(Column(name=name, type=parse("integer", ())) for name in names)
    key = ForeignKey(columns=("shop", "above"), references="t", to=("shop", "id"))
    found = drawn([Table(name="t", columns=columns, primary_key=("shop", "id"), foreign_keys=(key,))])
    assert [title.text for title in found.findall(f"{SVG}path/{SVG}title")] == ["t.above → t.id"]
