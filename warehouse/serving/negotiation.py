"""Which representation an `Accept` header asks for (RFC 9110, 12.5.1), and whether a copy is still good."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import isnan

#: Representation -> media type, the one preferred first.
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
TABULAR = tuple(MEDIA_TYPES)
DOCUMENT = ("json",)
#: Those that carry the types and the meaning of the columns.
TYPED = ("parquet", "arrow")
#: Longer headers name no representation of ours; they would only fill the memory of the function below.
_LONGEST = 1_000


def representation(accept: str, offered: Sequence[str] = TABULAR) -> str | None:
    """The one of `offered` that `accept` likes best, the earlier on a tie; None when it takes none of them."""
    return _chosen(accept, tuple(offered)) if len(accept) <= _LONGEST else None


@lru_cache(maxsize=512)
def _chosen(accept: str, offered: tuple[str, ...]) -> str | None:
    if not accept.strip():
        return offered[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    best, best_quality = None, 0.0
    for name in offered:
        quality = _quality(MEDIA_TYPES[name], ranges)
        if quality > best_quality:
            best, best_quality = name, quality
    return best


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
    return media, 0.0 if isnan(quality) else quality


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """What the most specific range that matches says of `media_type`."""
    for wanted in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        found = [quality for media, quality in ranges if media == wanted]
        if found:
            return max(found)
    return 0.0


def is_known(if_none_match: bytes, etag: bytes) -> bool:
    """Whether the client already holds what `etag` stands for."""
    if not if_none_match:
        return False
    held = [item.strip().removeprefix(b"W/") for item in if_none_match.split(b",")]
    return etag in held or b"*" in held
