"""Where Airflow keeps its metadata: a file of this home, or the PostgreSQL database `DATABASE_URL` names.

Airflow speaks to it through two drivers, and each wants the address in its own words. The address holds a password:
it is shown nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from warehouse.errors import Misused

VARIABLE = "DATABASE_URL"
_FORM = "postgresql://user:password@host:5432/database"
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True)
class MetadataAddress:
    """The addresses of one metadata database for the synchronous and the asynchronous driver; neither may be shown."""

    for_sync: str = field(repr=False)
    for_async: str = field(repr=False)


def metadata_address(folder: Path, environment: Mapping[str, str] | None = None) -> MetadataAddress:
    """The database `DATABASE_URL` (or the file `DATABASE_URL_FILE`) names; where neither is set, SQLite in `folder`.

    Raises:
        Misused: both are set, the file cannot be read, or what they hold is no address; no part of it is shown.
    """
    found = os.environ if environment is None else environment
    url, file = found.get(VARIABLE, "").strip(), found.get(f"{VARIABLE}_FILE", "").strip()
    if url and file:
        raise Misused(f"{VARIABLE} and {VARIABLE}_FILE are both set: keep one")
    if file:
        try:
            url = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Misused(f"{VARIABLE}_FILE: {file} cannot be read ({type(error).__name__})") from None
        if not url:
            raise Misused(f"{VARIABLE}_FILE: {file} is empty")
    if not url:
        where = folder / "airflow.db"
        return MetadataAddress(f"sqlite:///{where}", f"sqlite+aiosqlite:///{where}")
    return _postgresql(url)


def _postgresql(url: str) -> MetadataAddress:
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname and parts.path.strip("/")) and parts.port != 0
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise Misused(f"{VARIABLE} cannot be read; it has the form {_FORM}") from None
    if parts.scheme.split("+")[0] not in {"postgresql", "postgres"} or not is_whole or parts.netloc.count("@") > 1:
        raise Misused(f"{VARIABLE} has the form {_FORM}; / ? # @ in a password are written %2F %3F %23 %40")
    mode = options.pop("sslmode", None)
    if options or mode not in {None, *_SSL_MODES}:
        raise Misused(
            f"{VARIABLE} takes no option but sslmode ({', '.join(_SSL_MODES)}): the two drivers of Airflow share no "
            "other; both read the certificates' places from PGSSLROOTCERT, PGSSLCERT and PGSSLKEY"
        )
    # Airflow puts variables of the environment into its settings: a dollar must not look like one.
    rest = f"{parts.netloc}{parts.path}".replace("$", "%24")
    sync, asynchronous = (f"?{urlencode({name: mode})}" if mode else "" for name in ("sslmode", "ssl"))
    return MetadataAddress(f"postgresql+psycopg2://{rest}{sync}", f"postgresql+asyncpg://{rest}{asynchronous}")
