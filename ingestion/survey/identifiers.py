"""Direct identifiers: found by the name of a column or by its values, and the keys that stand in their place.

A column that identifies a person is never read beyond the archive: readers are only told to read columns that the
accepted mapping names, and the mapping may not name one. The respondent's own number becomes a keyed hash.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from ingestion.names import ascii_key
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home

KEY_VARIABLE = "REFORM_SURVEY_KEY"
_KEY_BYTES = 32
#: Of the values of a column, so many must look alike for the column to be called an identifier.
_SHARE = 0.5

_VALUES = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "phone": re.compile(r"(?:\+?84|0)[\s.-]?(?:\d[\s.-]?){8,9}\d?"),
    "identity_number": re.compile(r"(?:\d{12}|\d{9})(?:\.0)?"),
}
_FAMILY = "nguyen|tran|le|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|dinh|truong|trinh|mai|dao"
_PERSON = re.compile(rf"(?:{_FAMILY})(?:thi|van|duc|minh|huu|quang|thanh|ngoc|xuan|[a-z])[a-z]{{2,30}}")
_NAMES = {
    "name": ("hoten", "hovaten", "tennguoi", "fullname", "hotennguoitraloi", "respondentname", "tenchuho"),
    "phone": ("dienthoai", "sodienthoai", "sdt", "phone", "mobile", "didong", "tel"),
    "address": ("diachi", "address", "sonha", "nhariengso"),
    "identity_number": ("cccd", "cmnd", "socccd", "socmnd", "cancuoc", "identitynumber", "idcard", "hochieu"),
    "email": ("email", "thudientu", "mail"),
    "position": ("latitude", "longitude", "gps", "toado", "vido", "kinhdo"),
}


def identifier_by_name(name: str, label: str, listed: Sequence[str] = ()) -> str:
    """What a column is by its name or label: `phone`, `name`, …; empty for none. `listed`: names of the code book."""
    keys = {ascii_key(name), ascii_key(label)}
    if ascii_key(name) in {ascii_key(item) for item in listed}:
        return "listed"
    for kind, names in _NAMES.items():
        if any(key == known or (len(known) > 4 and key.startswith(known)) for key in keys for known in names):
            return kind
    return ""


def identifier_by_values(values: Sequence[str]) -> str:
    """What most of the values look like: `phone`, `email`, `identity_number` or `name`; empty for nothing of these."""
    filled = [value.strip() for value in values if value.strip()]
    if not filled:
        return ""
    for kind, pattern in _VALUES.items():
        if sum(pattern.fullmatch(value) is not None for value in filled) >= _SHARE * len(filled):
            return kind
    people = [value for value in filled if " " in value and _PERSON.fullmatch(ascii_key(value))]
    # Names differ from person to person; the names of provinces and communes come back.
    if len(people) >= _SHARE * len(filled) and len(set(people)) > 0.5 * len(people):
        return "name"
    return ""


def secret_key(home: Home) -> bytes:
    """The key of the hashes: `REFORM_SURVEY_KEY` (hex), or `secrets/survey.key`, made at first use, mode 0600.

    Raises:
        EnvironmentBroken: the variable is no key, or others may read the file.
    """
    given = os.environ.get(KEY_VARIABLE)
    if given is not None:
        try:
            key = bytes.fromhex(given)
        except ValueError:
            key = b""
        if len(key) < _KEY_BYTES:
            raise EnvironmentBroken(f"{KEY_VARIABLE} must be {_KEY_BYTES} bytes or more, written in hex")
        return key
    folder = home.root / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / "survey.key"
    if not path.exists():
        _make_key(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise EnvironmentBroken(f"{path} may be read by others: chmod 600 it, and take the keys as known to them")
    return bytes.fromhex(path.read_text("ascii").strip())


def _make_key(path: Path) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as writing:
        writing.write(secrets.token_hex(_KEY_BYTES))
        writing.flush()
        os.fsync(writing.fileno())
    try:
        os.link(partial, path)  # never replaces a key that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        partial.unlink()


def keyed_hash(key: bytes, kind: str, wave_id: str, value: str) -> str:
    """The stand-in of an identifying value: 32 hex digits, different in every wave, so that nobody is followed."""
    return hmac.digest(key, f"{kind}\x1f{wave_id}\x1f{value}".encode(), "sha256").hex()[:32]
