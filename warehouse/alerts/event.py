"""What can be told: one event, about one subject, with the words people read."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

Kind = Literal[
    "load_blocked",
    "build_failed",
    "publish_failed",
    "serve_failed",
    "source_overdue",
    "quarantine_over_threshold",
    "warning_stayed",
    "watch_failed",
    "test",
]

#: Conditions that last: told again after the days of `REFORM_ALERT_REMIND_DAYS`. All others are told once.
STANDING: frozenset[Kind] = frozenset({"source_overdue", "quarantine_over_threshold", "warning_stayed"})

#: Who must act, as the rules say it, in words (vi, en).
OWNERS = {
    "data_provider": ("bên gửi dữ liệu", "who sent the data"),
    "reference_keeper": ("người giữ bảng tham chiếu (data/reference)", "who keeps data/reference"),
    "data_engineer": ("kỹ sư dữ liệu", "the data engineer"),
}


@dataclass(frozen=True)
class Event:
    """One thing somebody should know.

    `subject` is what it is about (a file, a task, an index, a dataset, a rule), `owner` who must act (a key of
    `OWNERS`), `lines` the facts, Vietnamese first, `link` where to look (may be empty), `happened_at` in UTC. `key`
    is equal for events that are the same news, whoever reports them and however often.
    """

    kind: Kind
    subject: str
    title_vi: str
    title_en: str
    lines: tuple[str, ...]
    owner: str
    link: str
    happened_at: datetime
    key: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, for the log of what was told."""
        return {**asdict(self), "happened_at": self.happened_at.isoformat()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Event:
        """What `as_dict` stored.

        Raises:
            KeyError, ValueError, TypeError: it is not an event.
        """
        if stored["kind"] not in get_args(Kind):
            raise ValueError(f"{stored['kind']!r} is no kind of event")
        moment = datetime.fromisoformat(stored["happened_at"])
        return cls(**{**stored, "lines": tuple(stored["lines"]), "happened_at": moment})


def event_key(kind: Kind, subject: str, *content: str) -> str:
    """The key of the news that `subject` is in the state `content`: 32 hexadecimal digits."""
    return hashlib.sha256("\0".join((kind, subject, *content)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def now() -> datetime:
    """This moment, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
