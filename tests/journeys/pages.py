"""Pages as a reader has them: words, tables, links and forms, read from the HTML by its structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, TreeBuilder

VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
"""Elements that have no end, which the tree gets at once."""


@dataclass(frozen=True)
class Form:
    """A form with what a browser would send if nothing more were typed."""

    method: str
    action: str
    fields: Mapping[str, str]
    button: str


@dataclass(frozen=True)
class Page:
    """An answer: its status, its headers in small letters, its bytes, and the address that gave it."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def html(self) -> str:
        """The page's source."""
        return self.body.decode()

    @cached_property
    def tree(self) -> Element:
        """The page's elements."""
        return parse(self.html)

    @property
    def main(self) -> Element:
        """What the page itself says; the whole of a part of a page."""
        main = self.tree.find(".//main")
        return self.tree if main is None else main

    @property
    def text(self) -> str:
        """The words of the page itself, spaces folded."""
        return words(self.main)

    @property
    def heading(self) -> str:
        """The words of its first heading."""
        found = self.main.find(".//h1")
        return words(found) if found is not None else ""

    @property
    def language(self) -> str:
        """The language it says that it is in."""
        html = self.tree.find("html")
        return (html.get("lang") or "") if html is not None else ""

    @property
    def session(self) -> str:
        """The provider's id of the checkout whose hosted page this is."""
        return self.url.rpartition("/")[2].partition("?")[0]

    def table(self, number: int = 0) -> list[list[str]]:
        """Give the cells of a table, row by row, head and foot too."""
        return rows(self.main.findall(".//table")[number])

    def cells(self, number: int = 0) -> dict[str, str]:
        """Give a table of two columns, the first naming the second."""
        return {row[0]: row[-1] for row in self.table(number)}

    def links(self) -> dict[str, str]:
        """Give where the links of the page itself lead, by their words."""
        return {words(link): link.get("href") or "" for link in self.main.iter("a")}

    def forms(self) -> list[Form]:
        """Give all forms."""
        return [_form(element, at=self.url) for element in self.tree.iter("form")]

    def form(self, button: str = "") -> Form:
        """Give the form with this button; without one, the only form of the page itself that changes anything."""
        if button:
            return next(form for form in self.forms() if form.button == button)
        (found,) = (_form(element, at=self.url) for element in self.main.iter("form") if _method(element) == "post")
        return found

    def by_id(self, identifier: str) -> Element | None:
        """Give the element with an id."""
        return next((each for each in self.tree.iter() if each.get("id") == identifier), None)

    def error_of(self, field: str) -> str:
        """Give what is said to be wrong beside a field, which must say that it is described by it."""
        told = self.by_id(f"{field}-error")
        if told is None:
            return ""
        control = self.by_id(field)
        assert control is not None
        assert control.get("aria-invalid") == "true"
        assert f"{field}-error" in (control.get("aria-describedby") or "").split()
        return words(told)


class _Reader(HTMLParser):
    """Builds the tree; an element that is not closed where it should be is an error of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = TreeBuilder()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> says {names} twice"
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.builder.end(tag)
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        self.builder.end(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element, line {self.getpos()[0]}"
        self.builder.end(tag)

    def handle_data(self, data: str) -> None:
        self.builder.data(data)


def parse(html: str) -> Element:
    """Read HTML into elements below one `document`."""
    reader = _Reader()
    reader.builder.start("document", {})
    reader.feed(html)
    reader.close()
    assert not reader.open, f"never closed: {reader.open}"
    reader.builder.end("document")
    return reader.builder.close()


def words(element: Element) -> str:
    """Give the words of an element, spaces folded; no-break spaces stay."""
    text = "".join(_texts(element)).translate({ord(blank): " " for blank in "\n\t"})
    return " ".join(piece for piece in text.split(" ") if piece)


def _texts(element: Element) -> Iterator[str]:
    if element.tag in {"script", "style", "title"}:
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child)
        yield child.tail or ""


def rows(table: Element) -> list[list[str]]:
    """Give the words of a table's cells, row by row."""
    return [[words(cell) for cell in row if cell.tag in {"th", "td"}] for row in table.iter("tr")]


def _method(form: Element) -> str:
    return (form.get("method") or "get").lower()


def _form(element: Element, *, at: str) -> Form:
    fields: dict[str, str] = {}
    for control in element.iter():
        name = control.get("name")
        if name and control.tag in {"input", "select", "textarea"}:
            value = _value(control)
            if value is not None:
                fields[name] = value
    button = element.find(".//button")
    return Form(_method(element), urljoin(at, element.get("action")), fields, "" if button is None else words(button))


def _value(control: Element) -> str | None:
    if control.tag == "textarea":
        return control.text or ""
    if control.tag == "select":
        options = control.findall(".//option")
        chosen = next((one for one in options if one.get("selected") is not None), options[0])
        return chosen.get("value", words(chosen))
    if control.get("type") in {"radio", "checkbox"} and control.get("checked") is None:
        return None
    return control.get("value") or ""
