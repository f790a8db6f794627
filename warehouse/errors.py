"""The one error hierarchy: refused data, misused command, broken environment.

Every message is for the person who can act on it. A `Refused` error is about a file somebody owns, so it says
where, which rule, what was found and what was expected, in English and Vietnamese.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class ReformError(Exception):
    """Base of all errors the user is meant to read; `exit_code` is what `reform` ends with."""

    exit_code: ClassVar[int] = 3


@dataclass(frozen=True)
class Refusal:
    """Why a file, or a part of one, may not enter.

    `place` is a sheet and cell, a line and column, or a page; `rule` is a stable identifier listed in the
    docs; `action` is what the data owner can do about it.
    """

    file_name: str
    rule: str
    found: str
    expected: str
    place: str = ""
    text_en: str = ""
    text_vi: str = ""
    action: str = ""

    def sentence(self) -> str:
        """One paragraph for a terminal or a log, in English with the Vietnamese beside it."""
        where = f"{self.file_name}, {self.place}" if self.place else self.file_name
        lines = [f"{where}: {self.text_en or self.rule}"]
        if self.text_vi:
            lines.append(f"  {self.text_vi}")
        lines.append(f"  rule: {self.rule} · found: {self.found} · expected: {self.expected}")
        if self.action:
            lines.append(f"  what to do: {self.action}")
        return "\n".join(lines)


class Refused(ReformError):
    """The data was refused; nothing of it entered and nothing was lost."""

    exit_code = 1

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = refusals
        super().__init__("\n".join(refusal.sentence() for refusal in refusals))


class Misused(ReformError):
    """The command was called with arguments that make no sense."""

    exit_code = 2


class EnvironmentBroken(ReformError):
    """Something this machine should have is missing or wrong."""

    exit_code = 3
