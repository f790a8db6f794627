"""What may leave the archive: personal columns never, texts that look personal masked, identifiers only as HMAC.

The key is made on first use, `REFORM_HOME/secrets/dossiers.key` with mode 0600, or given by the environment variable
REFORM_DOSSIER_KEY (hexadecimal, at least 32 bytes). A new key makes new hashes: repeated visits before and after it
cannot be linked.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from warehouse.errors import EnvironmentBroken
from warehouse.home import Home

KEY_VARIABLE = "REFORM_DOSSIER_KEY"
_KEY_BYTES = 32
_BLOCK = 64
#: Numbers as long as a phone or identity number, spaced or not, and e-mail addresses.
PERSONAL_PATTERN = r"\+?([0-9][ .()]{0,2}){8,}[0-9]?|[0-9]{3,4}-[0-9]{3}-[0-9]{3,4}|[^\s@]+@[^\s@]+"
_PERSONAL = re.compile(PERSONAL_PATTERN)
_DATE_LIKE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?")
MASK = "•••"


def without_personal_data(text: str) -> str:
    """`text` with everything masked that could be a phone, an identity number or an e-mail address."""
    if _DATE_LIKE.fullmatch(text.strip()):
        return text
    return _PERSONAL.sub(MASK, text)


def looks_personal(text: str) -> bool:
    """Whether `text` holds something that could be a phone, an identity number or an e-mail address."""
    return without_personal_data(text) != text


def secret_key(home: Home) -> bytes:
    """The key of this installation, made on first use.

    Raises:
        EnvironmentBroken: the key given or kept is too short or no hexadecimal number, or others may read its file.
    """
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return _key(given, KEY_VARIABLE)
    path = home.root / "secrets" / "dossiers.key"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise EnvironmentBroken(f"{path} may be read by others: `chmod 600` it, and have its hashes renewed")
    return _key(path.read_text("ascii"), str(path))


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as writing:
        writing.write(secrets.token_hex(_KEY_BYTES))
        writing.flush()
        os.fsync(writing.fileno())
    try:
        os.link(partial, path)  # the first process to come makes the key, no later one replaces it
    except FileExistsError:
        pass
    finally:
        partial.unlink()


def _key(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError as error:
        raise EnvironmentBroken(f"{where} is not a hexadecimal number") from error
    if len(key) < _KEY_BYTES:
        raise EnvironmentBroken(f"{where} is shorter than {_KEY_BYTES} bytes")
    return key


def hmac_sql(expression: str) -> str:
    """SQL of HMAC-SHA256 (RFC 2104, hexadecimal) of a text, with the parameters `$inner_pad` and `$outer_pad`."""
    inner = f"sha256($inner_pad || encode({expression}))"
    return f"sha256($outer_pad || unhex({inner}))"


def hmac_pads(key: bytes) -> dict[str, bytes]:
    """The values of the parameters of `hmac_sql`."""
    import hashlib

    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return {"inner_pad": bytes(byte ^ 0x36 for byte in block), "outer_pad": bytes(byte ^ 0x5C for byte in block)}
