"""Where the server is: a `postgresql://` address whose password is never repeated, in no message and no log."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from warehouse.errors import Misused

VARIABLE = "REFORM_SERVE_POSTGRESQL"
KEEP_VARIABLE = f"{VARIABLE}_KEEP"
#: What `--to` says to mean the address of the environment.
FROM_ENVIRONMENT = "postgresql"
_CONNECT_SECONDS = 10
_FORM = "postgresql://user@host:5432/database"


@dataclass(frozen=True)
class Address:
    """A server and database; `place` (host, port, database) may be shown, `uri` never."""

    uri: str = field(repr=False)
    place: str
    secrets: tuple[str, ...] = field(repr=False, default=())

    def scrub(self, text: str) -> str:
        """`text` without the password, should a library repeat it."""
        for secret in (self.uri, *self.secrets):
            text = text.replace(secret, "***")
        return text


def parse_address(uri: str) -> Address:
    """Read an address as libpq understands it; without a password libpq looks into PGPASSFILE or ~/.pgpass.

    Raises:
        Misused: it is none, or a sign in its password must be written in percent; the message shows no part of it.
    """
    try:
        parts = urlsplit(uri.strip())
        user, _, where = parts.netloc.rpartition("@")
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise Misused(f"the address of the server cannot be read; it has the form {_FORM}") from None
    if parts.scheme not in {"postgresql", "postgres"} or parts.path in {"", "/"} or parts.fragment:
        raise Misused(
            f"the address of the server has the form {_FORM}; / ? # @ in a password are written %2F %3F %23 %40"
        )
    name, _, password = user.partition(":")
    if "@" in user or ":" in password:
        raise Misused("the password in the address holds @ or :, which are written %40 and %3A there")
    added = {"connect_timeout": str(_CONNECT_SECONDS), "application_name": "reform-publish"}
    missing = "&".join(f"{option}={value}" for option, value in added.items() if option not in options)
    # The rest stays as written: libpq reads some signs otherwise than Python writes them.
    whole = f"{uri.strip()}{'&' if parts.query else '?'}{missing}" if missing else uri.strip()
    secrets = {password, unquote(password), options.get("password", ""), options.get("sslpassword", "")} - {""}
    shown = f"{where or options.get('host', 'localhost')}{parts.path}"
    return Address(whole, f"{name}@{shown}" if name else shown, tuple(sorted(secrets, key=len, reverse=True)))


def address_in_environment(environment: Mapping[str, str] | None = None) -> Address | None:
    """The server `REFORM_SERVE_POSTGRESQL` or the file `REFORM_SERVE_POSTGRESQL_FILE` names; None where neither is set.

    Raises:
        Misused: both are set, the file cannot be read, or what they hold is no address.
    """
    found = os.environ if environment is None else environment
    uri, file = found.get(VARIABLE, "").strip(), found.get(f"{VARIABLE}_FILE", "").strip()
    if uri and file:
        raise Misused(f"{VARIABLE} and {VARIABLE}_FILE are both set: keep one")
    if file:
        try:
            uri = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Misused(f"{VARIABLE}_FILE: {file} cannot be read ({type(error).__name__})") from None
        if not uri:
            raise Misused(f"{VARIABLE}_FILE: {file} is empty")
    return parse_address(uri) if uri else None


def schemas_kept(environment: Mapping[str, str] | None = None) -> int:
    """How many replaced schemas stay in the server (`REFORM_SERVE_POSTGRESQL_KEEP`, 1 unless set).

    Raises:
        Misused: it is no number from 0 to 100.
    """
    found = os.environ if environment is None else environment
    text = found.get(KEEP_VARIABLE, "").strip() or "1"
    if not text.isdecimal() or int(text) > 100:
        raise Misused(f"{KEEP_VARIABLE} is a number from 0 to 100")
    return int(text)
