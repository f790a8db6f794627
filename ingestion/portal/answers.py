"""What an answer of the portal is: rows, or something else that has to be named."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_DEPTH = 8
MAX_ROWS = 20_000
#: Names under which an answer says how many rows there are in all pages, in small letters without underscores.
_TOTALS = frozenset(
    {"total", "totals", "totalrow", "totalrows", "totalrecord", "totalrecords", "recordstotal", "count"}
)
_HTML = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|div|center|h1)\b", re.I | re.S
)
_LOGIN = re.compile(
    r"""<input[^>]+type\s*=\s*["']?password|<title>[^<]*(?:đăng\s*nhập|dang\s*nhap|log\s?in|sign\s?in)"""
    r"""|<form[^>]+action\s*=\s*["']?[^"'>]*(?:login|dang-?nhap|/sso|/cas/)""",
    re.I,
)
LOGIN_ADDRESS = re.compile(r"(?:login|log-in|signin|sign-in|dang-?nhap|/sso|/cas/|/oauth|vneid)", re.I)
_LOOKED_AT = 256 * 1024


class NotRows(Exception):
    """The body holds no rows. `rule` is one of `refusing.WORDS`; `may_pass`: it is worth asking again."""

    def __init__(self, rule: str, found: str, *, may_pass: bool) -> None:
        super().__init__(found)
        self.rule, self.found, self.may_pass = rule, found, may_pass


@dataclass(frozen=True)
class Rows:
    """The rows of one answer, and how many there are in all pages where the answer says so."""

    rows: tuple[dict[str, Any], ...]
    total: int | None


def rows_of(body: bytes) -> Rows:
    """Read `body` as the list of rows, or the object with `data`, the service answers with.

    Raises:
        NotRows: it is a web page, a log-in page, cut off, or of another form.
    """
    if _HTML.match(body[:_LOOKED_AT]):
        page = body[:_LOOKED_AT].decode("utf-8", "replace")
        if _LOGIN.search(page):
            raise NotRows("portal_login", "a log-in page", may_pass=False)
        raise NotRows("portal_html", f"a web page{_title(page)}", may_pass=True)
    content = _json(body)
    total = None
    if isinstance(content, dict):
        lists = {name: value for name, value in content.items() if name.lower() == "data"}
        if len(lists) != 1:
            raise NotRows("portal_not_json", f"an object with {_names(content)}", may_pass=True)
        total = _total(content)
        content = next(iter(lists.values()))
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise NotRows("portal_not_json", f"JSON, but {type(content).__name__} instead of rows", may_pass=True)
    if len(content) > MAX_ROWS:
        raise NotRows("portal_too_large", f"{len(content)} rows", may_pass=False)
    if _depth(content) > MAX_DEPTH:
        raise NotRows("portal_not_json", f"JSON nested more than {MAX_DEPTH} deep", may_pass=False)
    return Rows(tuple(content), total)


def _json(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut = error.end >= len(body) - 3 and error.reason == "unexpected end of data"
        rule, found = ("portal_truncated", "text cut in a letter") if cut else ("portal_not_json", "bytes, no UTF-8")
        raise NotRows(rule, found, may_pass=True) from None
    if not text.strip():
        raise NotRows("portal_truncated", "an empty answer", may_pass=True)
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        begun = text.lstrip()[0] in "[{"
        if begun and (error.pos >= len(text.rstrip()) - 1 or "Unterminated" in error.msg):
            raise NotRows("portal_truncated", f"JSON that ends at character {len(text)}", may_pass=True) from None
        raise NotRows("portal_not_json", f"text that begins {_shown(text)}", may_pass=True) from None
    except RecursionError:
        raise NotRows("portal_not_json", "JSON nested without end", may_pass=False) from None
    except ValueError as error:
        raise NotRows("portal_not_json", f"JSON with a number that is none ({error})"[:120], may_pass=False) from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _total(content: dict[str, Any]) -> int | None:
    for name, value in content.items():
        if name.lower().replace("_", "") in _TOTALS and not isinstance(value, bool):
            if isinstance(value, int):
                return value
            if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
                return int(value.strip()[:12])
    return None


def _depth(content: Any) -> int:
    """How deep lists and objects are nested, found without recursion."""
    deepest, waiting = 0, [(content, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, dict | list):
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                return deepest
            waiting += [(part, depth + 1) for part in (item.values() if isinstance(item, dict) else item)]
    return deepest


def _title(page: str) -> str:
    found = re.search(r"<title>([^<]{1,200})", page, re.I)
    return f" titled {_shown(found.group(1))}" if found else ""


def _names(content: dict[str, Any]) -> str:
    return ", ".join(_shown(name) for name in list(content)[:6]) or "nothing in it"


def _shown(text: str) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in text.strip()[:60])
    return f'"{printable}"'
