"""What rows must be: known columns compared with given values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """`column` compared with `values`: `=` holds when it equals one of them, `>=` and `<=` take one value."""

    column: str
    values: tuple[str | int | bool, ...]
    operator: str = "="

    def holds(self, value: Any) -> bool:
        """Whether a value of the column, which is not null, meets it."""
        if self.operator == "=":
            return value in self.values
        return bool(value >= self.values[0] if self.operator == ">=" else value <= self.values[0])
