"""Finished answers of one release, the least recently asked ones forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

#: Path, query as sent, representation.
Key = tuple[str, bytes, str]
#: What an entry takes beside its body: key, headers, the dictionary's own.
_OVERHEAD = 1_000
#: No answer may push out more than this part of the others.
_LARGEST_SHARE = 8


@dataclass(frozen=True)
class Answer:
    """An answer of status 200, ready to send."""

    body: bytes
    etag: bytes
    headers: tuple[tuple[bytes, bytes], ...]


class AnswerCache:
    """At most `limit` bytes of answers. Used from the event loop only, so it needs no lock."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self.size = 0

    def get(self, key: Key) -> Answer | None:
        """The answer kept under `key`, which counts as just asked for."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: Key, answer: Answer) -> None:
        """Keep `answer`, unless it alone would take too much of the room."""
        cost = _cost(key, answer)
        if cost > self._limit // _LARGEST_SHARE:
            return
        before = self._answers.pop(key, None)
        if before is not None:
            self.size -= _cost(key, before)
        self._answers[key] = answer
        self.size += cost
        while self.size > self._limit:
            oldest, forgotten = self._answers.popitem(last=False)
            self.size -= _cost(oldest, forgotten)


def _cost(key: Key, answer: Answer) -> int:
    return len(answer.body) + len(key[0]) + len(key[1]) + _OVERHEAD
