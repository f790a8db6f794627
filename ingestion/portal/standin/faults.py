"""The faults the stand-in commits on demand, each one that public scripts have met or could."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

FaultKind = Literal[
    "status_429",  # asks to slow down, without saying for how long
    "status_429_retry_after",  # says for how long (`seconds`)
    "status_500",
    "status_503",
    "silence",  # takes the question and says nothing for `seconds`
    "truncated",  # ends before Content-Length
    "cut_json",  # says it is whole, and is not
    "hang_up",  # ends the connection without a word
    "html",  # an error page served as 200
    "login",  # the log-in page served as 200
    "redirect_host",  # to another host
    "redirect_login",  # to the log-in page of this one
    "redirect_plain",  # from https to http
    "not_found",
    "repeat_last_page",  # the last page for every page asked beyond it
    "duplicate_rows",  # a row of the page before stands again at the head of the next
    "missing_field",
    "renamed_field",
    "extra_field",
    "wrong_count",
    "not_json",
    "deep_json",
    "giant",  # more than anybody can want
    "burst",  # small on the wire, giant when unpacked
    "trickle",  # a byte every `seconds`
    "not_marked",  # an answer that does not say it is synthetic
]


@dataclass
class Fault:
    """`kind` is committed `times` times (None: always), for `service` and `page` only where they are given."""

    kind: FaultKind
    times: int | None = 1
    service: str | None = None
    page: int | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"the stand-in knows no fault {self.kind!r}")

    def takes(self, service: str, page: int) -> bool:
        """Whether it is committed on this question; counts down when it is."""
        if self.times == 0 or self.service not in {None, service} or self.page not in {None, page}:
            return False
        if self.times is not None:
            self.times -= 1
        return True
