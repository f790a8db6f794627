"""A new export against the code books: the nearest one, which column is which question, and what differs.

Columns are matched by the names the code book lists, then by their label; never by their place. What is only likely is
listed as `column_uncertain` for a person to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from ingestion.names import ascii_key, compose_key
from ingestion.survey.codebook import CodeBook, Question, code_book_hash
from ingestion.survey.export import ExportShape, Variable
from ingestion.survey.identifiers import identifier_by_name
from ingestion.survey.mapping_file import Difference, MappingFile, is_synthetic
from ingestion.survey.refusing import refuse

_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")
#: Labels this alike are taken as one question, those above the second as certain.
_ALIKE, _SAME = 82.0, 97.0


@dataclass(frozen=True)
class _Match:
    meant: str
    column: str
    how: str
    likeness: float


def year_of(file_name: str, given: int | None) -> int:
    """The year an export is of: as given, or the one year in its name.

    Raises:
        Refused: neither says it.
    """
    if given is not None:
        return given
    years = set(_YEAR.findall(file_name))
    if len(years) != 1:
        found = ", ".join(sorted(years)) or "no year in the name"
        raise refuse(file_name, "survey_year_unclear", found=found, expected="one year")
    return int(years.pop())


def nearest_code_book(
    shape: ExportShape, books: Sequence[CodeBook], data_year: int, file_name: str
) -> tuple[CodeBook, float]:
    """The code book most of whose questions the export has, and the share; only books of the year are asked.

    Raises:
        Refused: no code book covers the year.
    """
    of_year = [book for book in books if book.year_from <= data_year <= book.year_to]
    if not of_year:
        known = ", ".join(f"{book.code_book} {book.year_from}–{book.year_to}" for book in books)
        raise refuse(file_name, "survey_no_code_book", found=str(data_year), expected=known or "a code book")
    return max(((book, _share(shape, book)) for book in of_year), key=lambda pair: pair[1])


def _share(shape: ExportShape, book: CodeBook) -> float:
    matches, _ = _match_columns(shape, book)
    if _is_long(shape, book):
        return 1.0 if {"question", "answer"} <= {item.meant for item in matches} else 0.0
    wanted = [question.code for question in book.questions if question.is_required]
    return sum(code in {item.meant for item in matches} for code in wanted) / max(len(wanted), 1)


def propose(
    shape: ExportShape, book: CodeBook, *, likeness: float, data_year: int, file_name: str, encoding: str
) -> MappingFile:
    """The mapping a person is to judge."""
    matches, identifiers = _match_columns(shape, book)
    columns = {item.meant: item.column for item in matches}
    order = {meant: place for place, meant in enumerate(_meanings(book))}
    used = set(columns.values())
    return MappingFile(
        status="proposed",
        wave_id=f"{book.index_code.lower()}_{data_year}",
        data_year=data_year,
        code_book=book.code_book,
        code_book_hash=code_book_hash(book),
        shape_hash=shape.shape_hash(),
        file_name=file_name,
        is_synthetic=is_synthetic(shape, file_name),
        text_encoding=encoding,
        layout="long" if _is_long(shape, book) else "wide",
        likeness=round(likeness, 3),
        differences=tuple(_differences(shape, book, matches, identifiers)),
        columns={meant: columns[meant] for meant in sorted(columns, key=lambda meant: order.get(meant, -1))},
        not_read=tuple(item.name for item in shape.variables if item.name not in used),
    )


def _is_long(shape: ExportShape, book: CodeBook) -> bool:
    keys = {ascii_key(item.name) for item in shape.variables}
    layout = book.long_layout
    return all(any(ascii_key(name) in keys for name in names) for names in (layout.question_names, layout.answer_names))


def _meanings(book: CodeBook) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every field, set and question with the names and labels under which exports may hold it."""
    meanings = {name: (field.names, field.labels) for name, field in book.fields.items()}
    meanings |= {item.code: (item.names, ()) for item in book.multiple_sets}
    meanings |= {item.code: (item.names, (item.text_vi, item.text_en)) for item in book.questions}
    return meanings


def _match_columns(shape: ExportShape, book: CodeBook) -> tuple[list[_Match], dict[str, str]]:
    """The matches, and the columns that identify a person with what they are."""
    identifiers = {
        item.name: kind
        for item in shape.variables
        if (kind := identifier_by_name(item.name, item.label, book.identifiers) or item.looks_like)
    }
    meanings = _meanings(book)
    if _is_long(shape, book):
        layout = book.long_layout
        fields = {name: meanings[name] for name in book.fields}
        meanings = fields | {"question": (layout.question_names, ()), "answer": (layout.answer_names, ())}
    free = {
        item.name: item
        for item in shape.variables
        if item.name not in identifiers
        or _is_number_of(item, book, "respondent_id")
        or _is_number_of(item, book, "interviewer")
    }
    matches: list[_Match] = []
    for meant, (names, _) in meanings.items():
        keys = [compose_key(name) for name in names]
        found = [item for item in free.values() if compose_key(item.name) in keys]
        if found:
            best = min(found, key=lambda item: keys.index(compose_key(item.name)))
            matches.append(_Match(meant, best.name, "name", 100.0))
            del free[best.name]
    _match_labels(meanings, free, matches)
    return matches, {name: kind for name, kind in identifiers.items() if name not in {item.column for item in matches}}


def _is_number_of(item: Variable, book: CodeBook, field: str) -> bool:
    """A questionnaire number may look like an identity number; it is hashed, so it may be read."""
    names = book.fields[field].names if field in book.fields else ()
    return compose_key(item.name) in {compose_key(name) for name in names}


def _match_labels(
    meanings: dict[str, tuple[tuple[str, ...], tuple[str, ...]]], free: dict[str, Variable], matches: list[_Match]
) -> None:
    """By label, the most alike pair first; a tie is nobody's."""
    known = {item.meant for item in matches}
    pairs = sorted(
        (
            (fuzz.ratio(_plain(label), _plain(item.label)), meant, item.name)
            for meant, (_, labels) in meanings.items()
            if meant not in known
            for label in labels
            for item in free.values()
            if item.label
        ),
        reverse=True,
    )
    for likeness, meant, column in pairs:
        if likeness < _ALIKE or meant in known or column not in free:
            continue
        rivals = [pair for pair in pairs if pair[0] == likeness and (pair[1] == meant) != (pair[2] == column)]
        if any(rival[1] not in known and rival[2] in free for rival in rivals):
            continue
        matches.append(_Match(meant, column, "label", likeness))
        known.add(meant)
        del free[column]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _differences(
    shape: ExportShape, book: CodeBook, matches: Sequence[_Match], identifiers: dict[str, str]
) -> Iterable[Difference]:
    found = {item.meant: item for item in matches}
    for column, kind in identifiers.items():
        yield _difference(
            "identifier", column, "", f"not read: it identifies persons ({kind})", f"không đọc: cột định danh ({kind})"
        )
    for match in matches:
        if match.how == "label":
            kind = "column_renamed" if match.likeness >= _SAME else "column_uncertain"
            text_en = f"matched by its label ({match.likeness:.0f} % alike), its name is new"
            text_vi = f"khớp theo nhãn (giống {match.likeness:.0f} %), tên cột là mới"
            yield _difference(kind, match.column, match.meant, text_en, text_vi)
    if not _is_long(shape, book):
        yield from _missing(book, found)
    for question in book.questions:
        if question.code in found:
            yield from _scale_changes(shape.variable(found[question.code].column), question, book)
    for declared in shape.sets:
        text = f"multiple-response set {declared.name}: {', '.join(declared.columns)}"
        yield _difference("set_declared", declared.name, "", text, f"tập chọn nhiều: {', '.join(declared.columns)}")
    used = {match.column for match in matches} | set(identifiers)
    for item in shape.variables:
        if item.name not in used:
            yield _difference(
                "column_new",
                item.name,
                "",
                f"in no code book; not read: {item.label}",
                f"không có trong sổ mã: {item.label}",
            )


def _missing(book: CodeBook, found: dict[str, _Match]) -> Iterable[Difference]:
    for question in book.questions:
        if question.code not in found and (question.set_code or "-") not in found and question.is_required:
            yield _difference(
                "column_missing", "", question.code, f"no column: {question.text_en}", f"thiếu cột: {question.text_vi}"
            )
    for name, field in book.fields.items():
        if name not in found:
            must = "; must be mapped" if field.is_required else "; estimates go without it"
            yield _difference("column_missing", "", name, f"no column for {name}{must}", f"thiếu cột cho {name}")


def _scale_changes(variable: Variable, question: Question, book: CodeBook) -> Iterable[Difference]:
    """The scale's answers whose label is another in the export, or that it does not name while it names others."""
    scale = book.scale_of(question)
    special = {*book.special_codes.user_missing, *book.special_codes.not_applicable}
    missing = variable.missing
    labels = {
        int(code): text
        for code, text in variable.value_labels
        if float(code).is_integer() and not any(low <= code <= high for low, high in missing) and code not in special
    }
    for code, text in sorted(labels.items()):
        known = scale.codes.get(code)
        wordings = (known.vi, known.en, *known.also) if known else ()
        if compose_key(text) not in {compose_key(wording) for wording in wordings}:
            expected = f"{code} = {known.vi}" if known else f"no answer {code}"
            yield _difference(
                "scale_changed",
                variable.name,
                question.code,
                f"the export says {code} = {text}, the code book {expected}",
                f"bản xuất ghi {code} = {text}, sổ mã ghi {expected}",
            )
    if labels:
        for code in sorted(set(scale.codes) - set(labels)):
            yield _difference(
                "scale_changed",
                variable.name,
                question.code,
                f"no label for answer {code}",
                f"thiếu nhãn cho mã {code}",
            )


def _difference(kind: str, column: str, meant: str, text_en: str, text_vi: str) -> Difference:
    return Difference.model_validate(
        {"kind": kind, "column": column, "meant": meant, "text_en": text_en, "text_vi": text_vi}
    )
