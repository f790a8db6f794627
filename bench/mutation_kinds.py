"""The ways in which a document is corrupted: what goes wrong between a publisher's table and the landing folder.

Each kind takes a book and a source of chance, changes the book in place and says what it did, or None where the
document has nothing for it to change. Kinds of bytes and of names stand at the end.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from bench.mutation_books import Book, Spot

Kind = Callable[[Book, random.Random], str | None]
BytesKind = Callable[[bytes, str, random.Random], tuple[bytes, str] | None]
_NUMBER = re.compile(r"(-?)([0-9]+)([.,]?)([0-9]*)(.*)")
_YEAR = re.compile(r"20[0-9]{2}")


def _columns(book: Book, rng: random.Random, role: str = "value", least: int = 2) -> list[Spot] | None:
    columns = [spots for spots in book.columns(role).values() if len(spots) >= least]
    return rng.choice(columns) if columns else None


def _text(content: Any) -> str:
    return repr(content) if isinstance(content, float) else str(content)


def _like(content: Any, text: str) -> Any:
    """`text` as the kind of cell it replaces."""
    if isinstance(content, str):
        return text
    number = float(text)
    return int(number) if isinstance(content, int) and number.is_integer() else number


def _exchange(book: Book, one: Spot, other: Spot) -> None:
    first, second = book.at(one), book.at(other)
    book.put(one, second)
    book.put(other, first)


def _name(book: Book, spot: Spot) -> str:
    return f"{spot.sheet or 'line'} {spot.row + 1}/{spot.column + 1}"


def swap_scores(book: Book, rng: random.Random) -> str | None:
    """Two provinces' scores of one column exchange places."""
    column = _columns(book, rng)
    if column is None:
        return None
    one, other = rng.sample(column, 2)
    if book.at(one) == book.at(other):
        return None
    words = f"{_name(book, one)} {book.at(one)} and {_name(book, other)} {book.at(other)} exchanged"
    _exchange(book, one, other)
    return words


def swap_units(book: Book, rng: random.Random) -> str | None:
    """Two names exchange places: each province has the other's whole row."""
    column = _columns(book, rng, "unit")
    if column is None:
        return None
    one, other = rng.sample(column, 2)
    words = f"{book.at(one)} and {book.at(other)} exchanged"
    _exchange(book, one, other)
    return words


def _change_digit(book: Book, rng: random.Random, *, seen: bool) -> str | None:
    column = _columns(book, rng, least=1)
    if column is None:
        return None
    spot = rng.choice(column)
    parts = _NUMBER.fullmatch(_text(book.at(spot)))
    if parts is None or "e" in parts[5]:
        return None
    sign, whole, mark, decimals, rest = parts.groups()
    digits = whole + decimals
    places = range(len(whole) + min(2, len(decimals))) if seen else range(len(whole) + 2, len(digits))
    if not places:
        return None
    at = rng.choice(list(places))
    new = rng.choice([digit for digit in "0123456789" if digit != digits[at]])
    digits = digits[:at] + new + digits[at + 1 :]
    before = book.at(spot)
    book.put(spot, _like(before, sign + digits[: len(whole)] + (mark and "." if mark == "." else mark)
                         + digits[len(whole) :] + rest))  # fmt: skip
    return f"{_name(book, spot)} {before} -> {book.at(spot)}"


def change_digit(book: Book, rng: random.Random) -> str | None:
    """One digit before or within two places behind the decimal mark: what a person sees."""
    return _change_digit(book, rng, seen=True)


def change_last_digit(book: Book, rng: random.Random) -> str | None:
    """One digit from the third decimal on."""
    return _change_digit(book, rng, seen=False)


def move_decimal_mark(book: Book, rng: random.Random) -> str | None:
    """A score ten times too large or too small."""
    column = _columns(book, rng, least=1)
    spot = rng.choice(column) if column else None
    parts = _NUMBER.fullmatch(_text(book.at(spot))) if spot else None
    if spot is None or parts is None or not parts[4] or "e" in parts[5]:
        return None
    sign, whole, mark, decimals, rest = parts.groups()
    before = book.at(spot)
    larger = f"{sign}{whole}{decimals[0]}{mark}{decimals[1:] or '0'}{rest}"
    smaller = f"{sign}{whole[:-1] or '0'}{mark}{whole[-1]}{decimals}{rest}"
    book.put(spot, _like(before, rng.choice([larger, smaller])))
    return f"{_name(book, spot)} {before} -> {book.at(spot)}" if book.at(spot) != before else None


def _slide(book: Book, rng: random.Random, *, rotate: bool) -> str | None:
    column = _columns(book, rng, least=3)
    if column is None:
        return None
    start = 0 if rotate else rng.randrange(len(column) - 1)
    moved = [book.at(spot) for spot in column[start:]]
    blank = moved[-1] if rotate else ("" if book.family in {"papi_csv", "annex_pdf"} else None)
    for spot, content in zip(column[start:], [blank, *moved[:-1]], strict=True):
        book.put(spot, content)
    return f"column of {_name(book, column[0])} from row {column[start].row + 1} on"


def shift_column(book: Book, rng: random.Random) -> str | None:
    """A cell inserted in a column: from there on everything stands a row lower, and the last score is lost."""
    return _slide(book, rng, rotate=False)


def rotate_column(book: Book, rng: random.Random) -> str | None:
    """A column one row lower, its last score on top: no cell is missing."""
    return _slide(book, rng, rotate=True)


def sort_column(book: Book, rng: random.Random) -> str | None:
    """A column sorted by itself, the names left where they were."""
    column = _columns(book, rng, least=5)
    if column is None:
        return None
    contents = sorted((book.at(spot) for spot in column), key=lambda content: (str(type(content)), content))
    if contents == [book.at(spot) for spot in column]:
        return None
    for spot, content in zip(column, contents, strict=True):
        book.put(spot, content)
    return f"column of {_name(book, column[0])}"


def _two_columns(book: Book, rng: random.Random) -> tuple[list[Spot], list[Spot]] | None:
    columns = book.columns("value")
    sheets = [sheet for sheet, _ in columns]
    sheet = rng.choice(sheets)
    of_sheet = [spots for (name, _), spots in columns.items() if name == sheet and len(spots) >= 2]
    if len(of_sheet) < 2:
        return None
    one, other = rng.sample(of_sheet, 2)
    return one, other


def exchange_columns(book: Book, rng: random.Random) -> str | None:
    """The scores of two indicators under each other's headers."""
    pair = _two_columns(book, rng)
    if pair is None:
        return None
    for one in pair[0]:
        _exchange(book, one, Spot(one.sheet, one.row, pair[1][0].column, "value"))
    return f"columns {pair[0][0].column + 1} and {pair[1][0].column + 1} of {pair[0][0].sheet}"


def copy_column(book: Book, rng: random.Random) -> str | None:
    """One indicator's scores over another's."""
    pair = _two_columns(book, rng)
    if pair is None:
        return None
    for one in pair[0]:
        book.put(Spot(one.sheet, one.row, pair[1][0].column, "value"), book.at(one))
    return f"column {pair[0][0].column + 1} over {pair[1][0].column + 1} of {pair[0][0].sheet}"


def drop_row(book: Book, rng: random.Random) -> str | None:
    """A row is gone."""
    spot = rng.choice([one for one in book.spots if one.role == "unit"])
    words = f"{book.sheets[spot.sheet][spot.row][spot.column]}"
    del book.sheets[spot.sheet][spot.row]
    return words


def double_row(book: Book, rng: random.Random) -> str | None:
    """A row stands twice, its running number counted on or not."""
    spot = rng.choice([one for one in book.spots if one.role == "unit"])
    grid = book.sheets[spot.sheet]
    grid.insert(spot.row + 1, list(grid[spot.row]))
    return f"{grid[spot.row][spot.column]}"


def add_total_row(book: Book, rng: random.Random) -> str | None:
    """A row of totals or averages below the provinces."""
    unit = rng.choice([one for one in book.spots if one.role == "unit"])
    below = max(one.row for one in book.spots if one.sheet == unit.sheet)
    grid = book.sheets[unit.sheet]
    row: list[Any] = ["" if book.family == "annex_pdf" else None] * len(grid[below])
    row[unit.column] = rng.choice(["Tổng cộng", "Tổng", "Bình quân", "Total", "Cộng"])
    for (sheet, column), spots in book.columns("value").items():
        if sheet == unit.sheet:
            row[column] = book.at(spots[0])
    if book.family.startswith("annex"):
        row[0], row[2] = below, grid[below][2]
        row[4] = grid[below][4]
    grid.insert(
        below + 1, ["" if content is None else content for content in row] if book.family == "papi_csv" else row
    )
    return f"{row[unit.column]!r} below row {below + 1} of {unit.sheet}"


def blank_score(book: Book, rng: random.Random) -> str | None:
    """A score is missing."""
    spot = rng.choice([one for one in book.spots if one.role == "value"])
    words = f"{_name(book, spot)} {book.at(spot)}"
    book.put(spot, "" if book.family in {"papi_csv", "annex_pdf"} else None)
    return words


def score_as_words(book: Book, rng: random.Random) -> str | None:
    """A word or an error where a number was."""
    spot = rng.choice([one for one in book.spots if one.role == "value"])
    before = book.at(spot)
    book.put(spot, rng.choice(["n/a", "-", "#REF!", "O,5", "chưa có", f"{_text(before)}*", f"{_text(before)} đ"]))
    return f"{_name(book, spot)} {before} -> {book.at(spot)}"


def turn_sign(book: Book, rng: random.Random) -> str | None:
    """A minus before a score."""
    spot = rng.choice([one for one in book.spots if one.role == "value"])
    before = book.at(spot)
    book.put(spot, f"-{before}" if isinstance(before, str) else -before)
    return f"{_name(book, spot)} {before} -> {book.at(spot)}"


def misspell_unit(book: Book, rng: random.Random) -> str | None:
    """A letter of a name (or a digit of a province's code) is lost or another."""
    spot = rng.choice([one for one in book.spots if one.role == "unit"])
    before = str(book.at(spot))
    at = rng.randrange(len(before))
    book.put(spot, before[:at] + rng.choice(["", "x", "1", "n"]) + before[at + 1 :])
    return f"{before!r} -> {book.at(spot)!r}" if book.at(spot) != before else None


def garble_names(book: Book, rng: random.Random) -> str | None:
    """UTF-8 read as windows-1252 and saved: what a wrong import makes of Vietnamese letters."""
    del rng
    changed = 0
    for spot in book.spots:
        before = str(book.at(spot))
        after = before.encode("utf-8").decode("cp1252", "replace")
        if spot.role == "unit" and after != before:
            book.put(spot, after)
            changed += 1
    return f"{changed} names" if changed else None


def mix_decimal_marks(book: Book, rng: random.Random) -> str | None:
    """Some scores as texts with the other decimal mark."""
    spots = [one for one in book.spots if one.role == "value" and "." in _text(book.at(one)).replace(",", ".")]
    chosen = rng.sample(spots, min(len(spots), rng.randint(1, 5)))
    for spot in chosen:
        text = _text(book.at(spot))
        book.put(spot, text.replace(",", ".") if "," in text else text.replace(".", ","))
    return f"{len(chosen)} scores, the first {_name(book, chosen[0])} {book.at(chosen[0])}" if chosen else None


def change_rank(book: Book, rng: random.Random) -> str | None:
    """A rank is another number."""
    spots = [one for one in book.spots if one.role == "rank"]
    if not spots:
        return None
    spot = rng.choice(spots)
    before = book.at(spot)
    new = rng.choice([number for number in range(1, 64) if str(number) != str(before)])
    book.put(spot, str(new) if isinstance(before, str) else new)
    return f"{_name(book, spot)} {before} -> {new}"


def change_year(book: Book, rng: random.Random) -> str | None:
    """Another year in the title, the sheet's name, or (CSV) the file's name."""
    by = rng.choice([-1, 1])

    def moved(text: str) -> str:
        return _YEAR.sub(lambda year: str(int(year[0]) + by), text)

    if book.family == "papi_csv":
        book.file_name, before = moved(book.file_name), book.file_name
        return f"{before} -> {book.file_name}"
    if book.family == "annex_pdf":
        before_all, book.headings = book.headings, [moved(text) for text in book.headings]
        return f"{by:+}" if before_all != book.headings else None
    changed = False
    first_figure = min(one.row for one in book.spots)
    for grid in book.sheets.values():
        for row in grid[: min(first_figure, 12)]:
            for at, content in enumerate(row):
                if isinstance(content, str) and moved(content) != content:
                    row[at], changed = moved(content), True
    if book.family == "papi_workbook":
        victim = rng.choice(sorted(book.sheets))
        book.sheets = {moved(name) if name == victim else name: grid for name, grid in book.sheets.items()}
        return f"sheet {victim} {by:+}" if len(book.sheets) > 5 else None
    return f"{by:+}" if changed else None


def truncate(data: bytes, family: str, rng: random.Random) -> tuple[bytes, str]:
    """The transfer stopped."""
    kept = int(len(data) * rng.uniform(0.3, 0.97))
    return data[:kept], f"{kept:,} of {len(data):,} bytes"


def reencode(data: bytes, family: str, rng: random.Random) -> tuple[bytes, str] | None:
    """The text saved as something else than UTF-8."""
    if family != "papi_csv":
        return None
    encoding = rng.choice(["utf-16", "utf-16-le", "utf-32"])
    return data.decode("utf-8").encode(encoding), encoding


def flip_bytes(data: bytes, family: str, rng: random.Random) -> tuple[bytes, str]:
    """A few bytes damaged on the way."""
    held = bytearray(data)
    places = [rng.randrange(len(held)) for _ in range(rng.randint(1, 4))]
    for at in places:
        held[at] = rng.randrange(256)
    return bytes(held), f"bytes at {places}"


KINDS: tuple[Kind, ...] = (
    swap_scores, swap_units, change_digit, change_last_digit, move_decimal_mark, shift_column, rotate_column,
    sort_column, exchange_columns, copy_column, drop_row, double_row, add_total_row, blank_score, score_as_words,
    turn_sign, misspell_unit, garble_names, mix_decimal_marks, change_rank, change_year,
)  # fmt: skip
BYTES_KINDS: tuple[BytesKind, ...] = (truncate, reencode, flip_bytes)
