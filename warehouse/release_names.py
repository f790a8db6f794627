"""Which release a person means: an id, the beginning of one, `current`, `previous`, or a date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.release_list import current_release, list_releases
from warehouse.switches import seen_at

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHOWN = 12


def resolve_release(home: Home, text: str, also_known: Sequence[dict[str, Any]] = ()) -> str:
    """The id of the release that `text` names.

    `text` is an id, the unique beginning of one, `current`, `previous` (the one before `current`, by id), or a date
    or time as ISO 8601 writes it: what a reader of `current` saw then, roll-backs included. A date alone means the end
    of that day; a time without an offset is UTC. `also_known` are releases a history remembers though their
    directories are gone (dicts with `release_id` and `published_at`).

    Raises:
        Misused: no release, or more than one, is meant; the message names the known ones.
    """
    known = {str(item["release_id"]): str(item["published_at"]) for item in [*also_known, *list_releases(home)]}
    if not known:
        raise Misused("there is no release yet: `reform run` makes the first")
    ids = sorted(known)
    if text in known:
        return text
    if text in {"current", "previous"}:
        return _by_word(home, text, ids)
    if _DATE.match(text):
        return _seen_on(home, text, known)
    begin_so = [release_id for release_id in ids if text and release_id.startswith(text)]
    if len(begin_so) == 1:
        return begin_so[0]
    if (home.releases / text / "warehouse.duckdb").exists() and text not in {".", ".."}:
        raise EnvironmentBroken(f"releases/{text} has no readable manifest.json, so it is no whole release")
    if begin_so:
        raise Misused(f"{text!r} is the beginning of {len(begin_so)} releases: {_named(begin_so)}. Give more of it")
    raise Misused(f"there is no release {text!r}. Known: {_named(ids)}")


def release_folder(home: Home, release_id: str) -> Path:
    """The directory of a release that is known to have existed.

    Raises:
        Misused: its directory is gone.
        EnvironmentBroken: it holds no database.
    """
    folder = home.releases / release_id
    if not (folder / "manifest.json").exists():
        ids = [str(item["release_id"]) for item in list_releases(home)]
        raise Misused(f"release {release_id} is not here any more: its directory was deleted. Here: {_named(ids)}")
    if not (folder / "warehouse.duckdb").exists():
        raise EnvironmentBroken(
            f"{folder} holds no warehouse.duckdb, so nothing of that release can be read; bring the directory back "
            "from a backup, or move it out of releases/"
        )
    return folder


def _by_word(home: Home, word: str, ids: Sequence[str]) -> str:
    now = current_release(home)
    if now is None:
        raise Misused(f"nothing is current. Known: {_named(ids)}; `reform releases rollback ID` points to one")
    if word == "current":
        return now.name
    here = [str(item["release_id"]) for item in list_releases(home)]
    before = [release_id for release_id in here if release_id < now.name]
    if not before:
        raise Misused(f"no release comes before the current one. Known: {_named(ids)}")
    return before[-1]


def _seen_on(home: Home, text: str, known: dict[str, str]) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Misused(f"{text!r} is no date: write 2026-11-30 or 2026-11-30T14:00+07:00") from None
    if len(text) == len("2026-11-30"):
        moment = datetime.combine(moment, time.max)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seen = seen_at(home, moment)
    # Releases older than the log of switches: the latest one published by then was the current one.
    published = sorted((at, item) for item, at in known.items() if datetime.fromisoformat(at) <= moment)
    seen = seen or (published[-1][1] if published else None)
    if seen is None:
        first = min(known, key=lambda item: known[item])
        raise Misused(f"nothing was published by {text}: the first release known, {first}, is of {known[first]}")
    if seen not in known:
        raise Misused(f"by {text} readers saw release {seen}, of which nothing is left. Known: {_named(sorted(known))}")
    return seen


def _named(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[-_SHOWN:])
    return f"{shown} (and {len(ids) - _SHOWN} older)" if len(ids) > _SHOWN else shown or "none"
