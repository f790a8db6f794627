"""What every reader says about an export before its data is read: variables, labels, missing values, rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

#: Stata's tagged missings (.a … .z) become these codes, declared as user-missing: .a is -1001, .z is -1026.
STATA_TAG_BASE = -1000

Decoder = Callable[[str], str]


@dataclass(frozen=True)
class Variable:
    """One column. `kind` is number, text, date or moment; `missing` are the ranges declared as user-missing."""

    name: str
    label: str
    kind: str
    value_labels: tuple[tuple[float, str], ...] = ()
    missing: tuple[tuple[float, float], ...] = ()
    #: What the values look like when they may identify a person (`phone`, `email`, `identity_number`, `name`).
    looks_like: str = ""


@dataclass(frozen=True)
class MultipleResponse:
    """A multiple-response set the file declares: the columns of its items and the value that says `ticked`."""

    name: str
    label: str
    columns: tuple[str, ...]
    counted_value: float | None


@dataclass(frozen=True)
class ExportShape:
    """An export without its data. `is_bytes`: texts hold one byte a character, still to be decoded."""

    format: str
    reader: str
    rows: int
    variables: tuple[Variable, ...]
    sets: tuple[MultipleResponse, ...] = ()
    declared_encoding: str = ""
    is_bytes: bool = False
    #: Texts of the data (never of columns that look like identifiers) from which the encoding is told.
    samples: tuple[str, ...] = field(default=(), compare=False)

    def variable(self, name: str) -> Variable:
        """The variable of that name."""
        return next(item for item in self.variables if item.name == name)

    def texts(self) -> list[str]:
        """All texts from which the encoding can be told."""
        labels = [text for item in self.variables for _, text in item.value_labels]
        return [text for item in self.variables for text in (item.name, item.label)] + labels + list(self.samples)

    def decoded(self, decode: Decoder) -> ExportShape:
        """The same with every text in Unicode NFC."""
        variables = tuple(
            replace(
                item,
                name=decode(item.name),
                label=decode(item.label),
                value_labels=tuple((code, decode(text)) for code, text in item.value_labels),
            )
            for item in self.variables
        )
        sets = tuple(
            replace(item, name=decode(item.name), label=decode(item.label), columns=tuple(map(decode, item.columns)))
            for item in self.sets
        )
        return replace(self, variables=variables, sets=sets, is_bytes=False, samples=())

    def shape_hash(self) -> str:
        """A hash of names, labels, value labels and missing values; the order of columns and the rows do not count."""
        parts = sorted(
            json.dumps([item.name, item.label, item.kind, item.value_labels, item.missing], ensure_ascii=False)
            for item in self.variables
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def shape_to_dict(shape: ExportShape) -> dict[str, Any]:
    """A shape as JSON can hold it."""
    return asdict(shape)


def shape_from_dict(content: dict[str, Any]) -> ExportShape:
    """The shape `shape_to_dict` wrote."""
    return ExportShape(
        format=content["format"],
        reader=content["reader"],
        rows=content["rows"],
        variables=tuple(
            Variable(
                name=item["name"],
                label=item["label"],
                kind=item["kind"],
                value_labels=tuple((float(code), text) for code, text in item["value_labels"]),
                missing=tuple((float(low), float(high)) for low, high in item["missing"]),
                looks_like=item["looks_like"],
            )
            for item in content["variables"]
        ),
        sets=tuple(
            MultipleResponse(item["name"], item["label"], tuple(item["columns"]), item["counted_value"])
            for item in content["sets"]
        ),
        declared_encoding=content["declared_encoding"],
        is_bytes=content["is_bytes"],
        samples=tuple(content["samples"]),
    )
