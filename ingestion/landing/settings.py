"""Where files are fetched from: the environment variables `REFORM_LANDING_*`, checked where they enter.

No secret stands in the address; a password may stand in a file of its own (`REFORM_LANDING_PASSWORD_FILE`).
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from warehouse.errors import Misused

PREFIX = "REFORM_LANDING_"
SCHEMES = ("file", "s3", "sftp", "webdav", "webdavs")
_KNOWN = frozenset(
    {
        "URL", "USER", "PASSWORD", "PASSWORD_FILE", "KEY_FILE", "KNOWN_HOSTS_FILE", "CA_FILE", "S3_ENDPOINT",
        "POLL_SECONDS", "SETTLE_SECONDS", "MAX_FILES",
    }
)  # fmt: skip
_FORMS = "file:///folder, s3://bucket/prefix, sftp://host:22/folder, webdavs://host/folder or webdav://host/folder"


@dataclass(frozen=True)
class LandingSettings:
    """An address and how to log in there. `place` may be shown; it never holds a secret.

    `poll_seconds`: between two looks. `settle_seconds`: how long a file lies unchanged before it is taken.
    `max_files`: more than so many files at the address are taken for a mistake.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    key_file: Path | None = None
    known_hosts_file: Path | None = None
    ca_file: Path | None = None
    s3_endpoint: str | None = None
    poll_seconds: float = 60
    settle_seconds: float = 10
    max_files: int = 10_000

    @property
    def place(self) -> str:
        """The address, as it may be shown."""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.host}{port}{self.path}"

    def scrub(self, text: str) -> str:
        """`text` without the password, should a library repeat it."""
        return text.replace(self.password, "***") if self.password else text

    @classmethod
    def from_environment(
        cls, url: str | None = None, environment: Mapping[str, str] | None = None
    ) -> LandingSettings | None:
        """What the environment says, of `url` where one is given; None where there is no address.

        Raises:
            Misused: a setting is unknown, unreadable or contradicts another; the message never shows a secret.
        """
        found = _read(os.environ if environment is None else environment)
        address = (url if url is not None else found.get("URL", "")).strip()
        if not address:
            return None
        parts = _address(address)
        settings = cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port,
            path=unquote(parts.path).rstrip("/"),
            user=unquote(parts.username) if parts.username else found.get("USER"),
            password=_password(found),
            key_file=_file(found, "KEY_FILE"),
            known_hosts_file=_file(found, "KNOWN_HOSTS_FILE"),
            ca_file=_file(found, "CA_FILE"),
            s3_endpoint=found.get("S3_ENDPOINT"),
            poll_seconds=_number(found, "POLL_SECONDS", 60, 1, 86_400),
            settle_seconds=settle_seconds(found),
            max_files=int(_number(found, "MAX_FILES", 10_000, 1, 1_000_000)),
        )
        _check(settings)
        return settings


def settle_seconds(found: Mapping[str, str] | None = None) -> float:
    """How long a file lies unchanged before it is taken, from the landing folder too (`…SETTLE_SECONDS`, 10).

    Raises:
        Misused: it is no number from 0 to 3600.
    """
    return _number(_read(os.environ) if found is None else found, "SETTLE_SECONDS", 10, 0, 3600)


def _read(environment: Mapping[str, str]) -> dict[str, str]:
    found = {
        name.removeprefix(PREFIX): value.strip()
        for name, value in environment.items()
        if name.startswith(PREFIX) and value.strip()
    }
    unknown = sorted(found.keys() - _KNOWN)
    if unknown:
        raise Misused(
            f"there is no setting {PREFIX}{unknown[0]}; known: {', '.join(sorted(_KNOWN))}. See docs/landing.md"
        )
    return found


def _address(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        port, secret = parts.port, parts.password
    except ValueError:
        raise Misused(f"{PREFIX}URL cannot be read; it has one of the forms {_FORMS}") from None
    if secret is not None:
        raise Misused(f"{PREFIX}URL must hold no password: put it into a file that {PREFIX}PASSWORD_FILE names")
    if parts.scheme not in SCHEMES or parts.query or parts.fragment:
        raise Misused(f"{PREFIX}URL has one of the forms {_FORMS}")
    if (parts.scheme == "file") != (not parts.hostname) or (parts.scheme in {"file", "s3"} and port):
        raise Misused(f"{PREFIX}URL has one of the forms {_FORMS}")
    if ".." in unquote(parts.path).split("/"):
        raise Misused(f"{PREFIX}URL must hold no ..")
    return parts


def _check(settings: LandingSettings) -> None:
    if settings.scheme == "webdav" and settings.password and not _is_loopback(settings.host):
        raise Misused(f"{PREFIX}URL must begin with webdavs://, or the password would travel in the clear")
    endpoint = urlsplit(settings.s3_endpoint or "")
    if endpoint.scheme not in {"", "https"} and not _is_loopback(endpoint.hostname or ""):
        raise Misused(f"{PREFIX}S3_ENDPOINT must begin with https://")
    if settings.scheme in {"webdav", "webdavs"} and (settings.user is None) != (settings.password is None):
        raise Misused(f"{PREFIX}USER and {PREFIX}PASSWORD_FILE are set together or not at all")


def _password(found: Mapping[str, str]) -> str | None:
    if "PASSWORD" in found and "PASSWORD_FILE" in found:
        raise Misused(f"{PREFIX}PASSWORD and {PREFIX}PASSWORD_FILE are both set: keep one")
    path = _file(found, "PASSWORD_FILE")
    if path is None:
        return found.get("PASSWORD")
    try:
        return path.read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"{PREFIX}PASSWORD_FILE: {path} cannot be read ({type(error).__name__})") from None


def _file(found: Mapping[str, str], name: str) -> Path | None:
    if name not in found:
        return None
    path = Path(found[name])
    if not path.is_file():
        raise Misused(f"{PREFIX}{name}: {path} is not a file")
    return path


def _number(found: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    try:
        value = float(found.get(name, default))
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise Misused(f"{PREFIX}{name} must be a number from {least:g} to {most:g}")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
