"""Sharing files out to tasks: a task a file, so that a bad one is red by name and the rest go through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

#: A task a file up to here; of more files several share a task, for every task costs a process (1 to 2 CPU seconds).
MAX_PORTIONS = 50
#: Airflow keeps the name of a mapped task in 250 characters.
_NAME_LENGTH = 200


def portions(named: Sequence[tuple[str, str]], limit: int = MAX_PORTIONS) -> list[dict[str, Any]]:
    """Share `named` (a file's name, and the key by which a task finds it) out to at most `limit` tasks, in order.

    Each is `name`, what a person sees of it, and `keys`; plain data, because it goes from task to task.
    """
    size = max(1, math.ceil(len(named) / limit))
    chunks = [named[start : start + size] for start in range(0, len(named), size)]
    return [{"name": _name([name for name, _ in chunk]), "keys": [key for _, key in chunk]} for chunk in chunks]


def _name(names: Sequence[str]) -> str:
    whole = ", ".join(names)
    if len(whole) <= _NAME_LENGTH:
        return whole
    if len(names) == 1:
        return f"{whole[:_NAME_LENGTH]}…"
    share = _NAME_LENGTH // 2
    return f"{names[0][:share]} … {names[-1][:share]} ({len(names)} files)"
