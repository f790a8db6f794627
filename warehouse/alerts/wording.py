"""An event as text of bounded length: Vietnamese, then English, safe to put in a header or a message."""

from __future__ import annotations

import unicodedata
from zoneinfo import ZoneInfo

from warehouse.alerts.event import OWNERS, Event

MAX_TITLE = 150
MAX_LINE = 500
MAX_LINES = 45
#: Teams takes 28 KB; a Vietnamese letter has up to three bytes.
MAX_TEXT = 6000

#: By category: controls, invisible marks and line ends; halves of letters, as in a file name that is no text.
_IN_PLACE_OF = {"Cc": " ", "Cf": " ", "Zl": " ", "Zp": " ", "Cs": "\N{REPLACEMENT CHARACTER}"}

_VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")


def one_line(text: str, limit: int) -> str:
    """`text` in NFC on one line of at most `limit` characters, without control characters: nothing it holds can
    begin a header or a line of its own.
    """
    spaced = "".join(_IN_PLACE_OF.get(unicodedata.category(mark), mark) for mark in text)
    flat = unicodedata.normalize("NFC", " ".join(spaced.split()))
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def headline(event: Event) -> str:
    """The subject of a mail."""
    return one_line(f"[reform] {event.title_vi} · {event.title_en}", MAX_TITLE)


def text_lines(event: Event) -> list[str]:
    """Title, time, owner and facts, each one line; what goes over the limits is counted, not cut in silence.

    The link is left out: each channel shows it in its own way.
    """
    owner_vi, owner_en = OWNERS.get(event.owner, (event.owner, event.owner))
    moment = event.happened_at.astimezone(_VIET_NAM)
    head = [
        one_line(event.title_vi, MAX_TITLE),
        one_line(event.title_en, MAX_TITLE),
        f"Lúc · At: {moment:%d/%m/%Y %H:%M} (giờ Việt Nam · UTC+7)",
        f"Người xử lý · Who acts: {owner_vi} · {owner_en}",
    ]
    tail = f"Sự kiện · Event: {event.kind} {event.key[:12]}"
    facts = [_indented(line) for line in event.lines]
    shown: list[str] = []
    used = sum(map(len, head)) + len(tail)
    for fact in facts:
        if len(shown) == MAX_LINES or used + len(fact) > MAX_TEXT:
            left = len(facts) - len(shown)
            shown.append(f"… còn {left} dòng nữa · {left} more lines")
            break
        shown.append(fact)
        used += len(fact)
    return [*head, *shown, tail]


def _indented(line: str) -> str:
    margin = "   " if line.startswith("   ") else ""
    return margin + one_line(line, MAX_LINE)
