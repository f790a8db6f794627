"""Reading the table under a header: what each column means, and where the data end.

Everything between the first data row and the end of the sheet is accounted for: read, noted as skipped with a
reason, or refused. A column is never taken for what its header does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.headers import HeaderBlock, Row, is_header_row
from ingestion.layouts import Layout, Meaning, plain
from ingestion.numbers import CellValue, cell_text, read_number
from ingestion.readers import Cell, Sheet, cell_name
from warehouse.errors import Refusal, Refused


@dataclass(frozen=True)
class Column:
    """A column that is read. `unit_column` holds the names its values belong to."""

    index: int
    code: str
    text: str
    unit_column: int


@dataclass(frozen=True)
class Table:
    """One table: its columns by role, its data rows (from 0), and what was left aside, each with its reason."""

    sheet: Sheet
    form: str
    header: HeaderBlock
    scores: tuple[Column, ...]
    ranks: tuple[Column, ...]
    check_column: int | None
    data_rows: range
    summary_row_indexes: tuple[int, ...]
    years: frozenset[int]
    left_aside: tuple[str, ...]

    def place(self, row: int, column: int) -> str:
        """The locator of a cell."""
        return f"{self.sheet.name}!{cell_name(row, column)}"

    def cell(self, row: int, column: int) -> Cell | None:
        """A cell of the sheet."""
        return self.sheet.cells[row][column]


def read_table(sheet: Sheet, header: HeaderBlock, layout: Layout, file_name: str) -> Table:
    """Make out the table under `header`.

    Raises:
        Refused: an unknown or contradictory header over numbers, two columns of one meaning, a score column without
            provinces of its own, rows that belong to no table.
    """
    return _TableReader(sheet, header, layout, file_name).read()


class _TableReader:
    """One table being made out; holds what all steps need to name places in refusals."""

    def __init__(self, sheet: Sheet, header: HeaderBlock, layout: Layout, file_name: str) -> None:
        self.sheet, self.header, self.layout, self.file_name = sheet, header, layout, file_name
        self.left_aside: list[str] = []
        self.province_columns: list[int] = []
        self.check_column: int | None = None

    def read(self) -> Table:
        """All steps, in the order they need each other."""
        meanings = {index: self._meaning(index) for index in range(len(self.header.texts))}
        self.province_columns = [i for i, m in meanings.items() if m is not None and m.kind == "province"]
        rows = self._data_rows()
        self._place_unnamed(meanings, rows)
        self._refuse_without_provinces()
        columns = {i: m for i, m in meanings.items() if m is not None}
        scores = {i: m for i, m in columns.items() if m.kind == "indicator"}
        self._check_shapes(columns, rows)
        self._refuse_duplicates(columns)
        ranks = {i: m for i, m in columns.items() if m.kind == "rank"}
        form = "one_province_column" if len(self.province_columns) == 1 else "side_by_side"
        read = {
            index: Column(index, meaning.code or "", self._text(index), self._unit_column(index, scores, form))
            for index, meaning in {**scores, **ranks}.items()
        }
        self._note_ignored(columns)
        return Table(
            sheet=self.sheet,
            form=form,
            header=self.header,
            scores=tuple(read[i] for i in sorted(scores)),
            ranks=tuple(read[i] for i in sorted(ranks)),
            check_column=self.check_column,
            data_rows=rows,
            summary_row_indexes=tuple(self._rest(rows.stop)),
            years=self._years(columns),
            left_aside=tuple(self.left_aside),
        )

    # -- columns ---------------------------------------------------------------------------------------------

    def _meaning(self, index: int) -> Meaning | None:
        """The one meaning all header rows of a column agree on; None for a column without a telling header."""
        known: list[Meaning] = []
        for row, text in self.header.texts[index]:
            meaning = self.layout.meaning_of(text)
            if meaning is None:
                if self._numbers_below(index):
                    raise self._refused(
                        "unknown_header",
                        row,
                        index,
                        found=_short(text),
                        expected=f"a header listed in the layout, such as {self.layout.nearest_phrase(text)!r}",
                        text_en="a column of numbers has a header no layout knows",
                        text_vi="một cột số có tiêu đề chưa có trong mô tả bố cục",
                        action="add the header to data/reference/layouts if its meaning is sure",
                    )
                return Meaning("ignore", reason="text under a header no layout knows")
            if meaning.kind != "filler":
                known.append(meaning)
        if len({meaning.role for meaning in known}) > 1:
            raise self._refused(
                "header_conflict",
                self.header.first,
                index,
                found=self._text(index),
                expected="header rows that mean one thing",
                text_en="the header rows of one column mean different things",
                text_vi="các dòng tiêu đề của một cột có nghĩa khác nhau",
                action="ask the publisher which header is right",
            )
        return max(known, key=lambda meaning: meaning.year or 0) if known else None

    def _place_unnamed(self, meanings: dict[int, Meaning | None], rows: range) -> None:
        """Columns without a header: a province column left of a score, a running number, or plain text."""
        measured = {i for i, m in meanings.items() if m is not None and m.kind in ("indicator", "rank")}
        for index, meaning in meanings.items():
            if meaning is not None:
                continue
            numbers, texts = self._shape(index, rows)
            if texts > numbers:
                if index + 1 in measured:
                    meanings[index] = Meaning("province")
                    self.province_columns.append(index)
                else:
                    self.left_aside.append(f"column {cell_name(self.header.first, index)}: text without a header")
            elif numbers:
                if not self._is_running_number(index, rows):
                    raise self._refused(
                        "unknown_header",
                        self.header.first,
                        index,
                        found=f"{numbers} numbers under no header",
                        expected="a header over every column of numbers",
                        text_en="a column of numbers has no header",
                        text_vi="một cột số không có tiêu đề",
                        action="ask the publisher what the column holds",
                    )
                reason = self.layout.unnamed_running_number
                self.left_aside.append(f"column {cell_name(self.header.first, index)}: {reason}")
        self.province_columns.sort()

    def _refuse_without_provinces(self) -> None:
        if not self.province_columns:
            raise self._refused(
                "no_province_column",
                self.header.first,
                0,
                found="no header that means the provinces",
                expected="a column of provinces whose header is listed in the layout",
                text_en="no column is known to hold the provinces' names",
                text_vi="không nhận ra cột tên tỉnh",
                action="add the header of the province column to data/reference/layouts if its meaning is sure",
            )

    def _is_running_number(self, index: int, rows: range) -> bool:
        if self.layout.unnamed_running_number is None or index > min(self.province_columns, default=-1):
            return False
        values = [read_number(_value(self.sheet.cells[row][index])).value for row in rows]
        return values == [float(place) for place in range(1, len(values) + 1)]

    def _check_shapes(self, columns: dict[int, Meaning], rows: range) -> None:
        """A province column of numbers, or a score column of words, is not what its header says."""
        for index, meaning in columns.items():
            numbers, texts = self._shape(index, rows)
            wrong = {
                "province": numbers > texts,
                "province_check": numbers > texts,
                "indicator": texts > numbers,
                "rank": texts > numbers,
            }.get(meaning.kind, False)
            if wrong:
                raise self._refused(
                    "column_shape",
                    self.header.first,
                    index,
                    found=f"{numbers} numbers and {texts} texts",
                    expected="names" if meaning.kind.startswith("province") else "numbers",
                    text_en="the column does not hold what its header says",
                    text_vi="nội dung cột không đúng với tiêu đề",
                    action="check whether columns were moved without their headers",
                )
        self.check_column = next((i for i, m in columns.items() if m.kind == "province_check"), None)

    def _refuse_duplicates(self, columns: dict[int, Meaning]) -> None:
        seen: dict[tuple[str, str | None], int] = {}
        for index, meaning in columns.items():
            if meaning.kind not in ("indicator", "rank", "province_check"):
                continue
            if meaning.role in seen:
                first = cell_name(self.header.first, seen[meaning.role])
                raise self._refused(
                    "duplicate_indicator",
                    self.header.first,
                    index,
                    found=f"{self._text(index)!r}, as in {first}",
                    expected="one column for each indicator",
                    text_en=f"two columns mean {meaning.code or meaning.kind}",
                    text_vi=f"hai cột cùng mang nghĩa {meaning.code or meaning.kind}",
                    action="ask the publisher which column counts",
                )
            seen[meaning.role] = index

    def _unit_column(self, index: int, scores: dict[int, Meaning], form: str) -> int:
        """Where the names of a column's values stand; only a rank beside the total may share the total's."""
        if form == "one_province_column":
            return self.province_columns[0]
        if index - 1 in self.province_columns:
            return index - 1
        left = index - 1
        while left >= 0 and left not in scores and left not in self.province_columns:
            left -= 1
        if index not in scores and left in scores and scores[left].code == self.layout.total:
            return self._unit_column(left, scores, form)
        raise self._refused(
            "column_without_provinces",
            self.header.first,
            index,
            found=self._text(index),
            expected="a province column on the left of every score column",
            text_en="the tables stand side by side, and this column has no provinces of its own",
            text_vi="các bảng đặt cạnh nhau và cột này không có cột tỉnh riêng",
            action="check whether a column was deleted",
        )

    def _note_ignored(self, columns: dict[int, Meaning]) -> None:
        for index, meaning in columns.items():
            if meaning.kind == "ignore":
                place = cell_name(self.header.first, index)
                self.left_aside.append(f"column {place} {_short(self._text(index))!r}: {meaning.reason}")

    def _years(self, columns: dict[int, Meaning]) -> frozenset[int]:
        found = (self.layout.meaning_of(text) for index in columns for _, text in self.header.texts[index])
        return frozenset(meaning.year for meaning in found if meaning is not None and meaning.year is not None)

    # -- rows ------------------------------------------------------------------------------------------------

    def _data_rows(self) -> range:
        """From the first row with content under the header to the first blank or summary row."""
        cells = self.sheet.cells
        start = self.header.below
        while start < len(cells) and not any(cells[start]):
            start += 1
        stop = start
        while stop < len(cells) and any(cells[stop]) and not self._is_summary(cells[stop]):
            stop += 1
        return range(start, stop)

    def _is_summary(self, row: Row) -> bool:
        """Whether a summary word stands in a province's place, or anywhere in a row that names no province."""
        names = [_text(row[index]) for index in self.province_columns if row[index] is not None]
        if names:
            return any(plain(name) in self.layout.summary_rows for name in names)
        words = self.layout.summary_rows - self.layout.tier_words
        return any(plain(text) in words for text in _texts(row))

    def _rest(self, start: int) -> Iterator[int]:
        """Account for every row under the table; yields the summary rows."""
        cells = self.sheet.cells
        for index in range(start, len(cells)):
            row = cells[index]
            if not any(row) or is_header_row(row, self.layout):
                continue
            if self._is_summary(row):
                self.left_aside.append(f"row {index + 1}: summary {next(iter(_texts(row)), '')!r}")
                yield index
            elif self._opens_ranks(row):
                self.left_aside.append(f"row {index + 1}: ranks of the looked-up province")
            elif index + 1 < len(cells) and self._opens_ranks(cells[index + 1]):
                self.left_aside.append(f"row {index + 1}: look-up of one province")
            elif any(read_number(_value(cell)).is_number for cell in row):
                raise self._refused(
                    "rows_after_table",
                    index,
                    next(i for i, cell in enumerate(row) if cell is not None),
                    found=", ".join(_texts(row))[:80] or "numbers",
                    expected="nothing but summaries and notes",
                    text_en="numbers stand below the end of the table",
                    text_vi="có số liệu nằm dưới phần kết thúc của bảng",
                    action="check whether a blank row splits the table",
                )
            else:
                self.left_aside.append(f"row {index + 1}: note {_short(' '.join(_texts(row)))!r}")

    def _opens_ranks(self, row: Row) -> bool:
        first = next((cell for cell in row if cell is not None), None)
        return first is not None and plain(_text(first)) in self.layout.look_up_rows

    # -- small change ----------------------------------------------------------------------------------------

    def _shape(self, index: int, rows: range) -> tuple[int, int]:
        """How many numbers and how many texts a column holds in `rows`."""
        cells = [self.sheet.cells[row][index] for row in rows]
        filled = [cell for cell in cells if cell is not None]
        numbers = sum(1 for cell in filled if read_number(cell.value).is_number)
        return numbers, len(filled) - numbers

    def _numbers_below(self, index: int) -> bool:
        return self._shape(index, range(self.header.below, len(self.sheet.cells)))[0] > 0

    def _text(self, index: int) -> str:
        return " / ".join(dict.fromkeys(" ".join(text.split()) for _, text in self.header.texts[index]))

    def _refused(self, rule: str, row: int, column: int, **words: str) -> Refused:
        return Refused(Refusal(self.file_name, rule, place=f"{self.sheet.name}!{cell_name(row, column)}", **words))


def _value(cell: Cell | None) -> CellValue:
    return None if cell is None else cell.value


def _text(cell: Cell | None) -> str:
    return "" if cell is None else cell_text(cell.value)


def _texts(row: Row) -> list[str]:
    return [_text(cell) for cell in row if cell is not None and isinstance(cell.value, str)]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."
