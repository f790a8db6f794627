"""Names from elsewhere: which may become the name of a file here, and which are told and left."""

from __future__ import annotations

import unicodedata

#: Bytes a name may have on common file systems, less what the archive and the copy append.
_MAX_BYTES = 230


def safe_name(name: str) -> str | None:
    """`name` (one part of a path) in NFC; None where a file of that name could end up elsewhere or mislead a reader."""
    try:
        normal = unicodedata.normalize("NFC", name)
        is_short = 0 < len(normal.encode("utf-8")) <= _MAX_BYTES
    except UnicodeEncodeError:
        return None  # bytes that are no text
    if not is_short or normal in {".", ".."} or normal != normal.strip():
        return None
    if any(sign in normal for sign in "/\\") or any(_is_hidden(sign) for sign in normal):
        return None
    return normal


def _is_hidden(sign: str) -> bool:
    """Control signs, and those that turn the direction of writing or cannot be seen (`gpj.xslx` tricks)."""
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
