"""Characters of a page put back into lines and texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_PAGE_NUMBER = re.compile(r"(?:(?:trang|page)\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?", re.IGNORECASE)
#: A gap of this part of the letter height is a space that the program did not write.
_SPACE = 0.25
#: Below this many letter widths to the cell's edge, a line was broken because it was full, not at a space.
_FULL_LINE = 2.2


class Char(NamedTuple):
    """One printed character and its box in points from the top left corner of the page."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float


class Line(NamedTuple):
    """One line of text; `letter` is the mean width of its characters."""

    text: str
    top: float
    x1: float
    letter: float


def cell_lines(chars: Sequence[Char]) -> list[Line]:
    """The lines that `chars` make, from the top, in NFC and with single spaces."""
    lines: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: (char.top + char.bottom) / 2):
        middle = (char.top + char.bottom) / 2
        if lines and lines[-1][0].top <= middle <= lines[-1][0].bottom:
            lines[-1].append(char)
        else:
            lines.append([char])
    made = (_line(sorted(line, key=lambda char: char.x0)) for line in lines)
    return [line for line in made if line.text]


def _line(chars: Sequence[Char]) -> Line:
    written = ""
    before: Char | None = None
    for char in chars:
        if before is not None and char.x0 - before.x1 > _SPACE * (char.bottom - char.top):
            written += " "
        written += char.text
        before = char
    inked = [char for char in chars if not char.text.isspace()]
    text = " ".join(unicodedata.normalize("NFC", written).split())
    if not inked:
        return Line("", chars[0].top, chars[0].x1, 0.0)
    width = sum(char.x1 - char.x0 for char in inked) / len(inked)
    return Line(text, min(char.top for char in inked), max(char.x1 for char in inked), width)


def join_lines(lines: Sequence[Line], right_edge: float) -> str:
    """The text of a cell: its lines parted by a space, but an address broken because its line was full put together."""
    text = ""
    for at, line in enumerate(lines):
        if not text:
            text = line.text
            continue
        above = lines[at - 1]
        in_address = "://" in text.rpartition(" ")[2]
        full = right_edge - above.x1 < _FULL_LINE * above.letter + (right_edge_padding(lines, right_edge))
        text += line.text if in_address and full else f" {line.text}"
    return text


def right_edge_padding(lines: Sequence[Line], right_edge: float) -> float:
    """The space the cell leaves free on the right: that of its longest line."""
    return right_edge - max(line.x1 for line in lines)


def text_lines(chars: Sequence[Char]) -> Iterator[tuple[float, str]]:
    """The lines outside tables as (top, text), page numbers left out."""
    for line in cell_lines(chars):
        if not _PAGE_NUMBER.fullmatch(line.text):
            yield line.top, line.text
