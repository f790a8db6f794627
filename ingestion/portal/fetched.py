"""What has been fetched, read off the names of the files in the archive and on its doorstep: no ledger can be wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from ingestion.archive import archived_files
from warehouse.home import Home

_NAME = re.compile(
    r"(?P<service>[a-z0-9_]+)_(?P<period>20\d{2}(?:-W?\d{2})?)_(?P<scope>[a-z0-9_]+)_(?P<started>\d{8}T\d{6}Z)\.warc\.gz"
)
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class FetchKey:
    """What a fetch is of."""

    service: str
    period: str
    scope: str

    def file_name(self, started_at: datetime) -> str:
        """The name of the fetch that began then."""
        return f"{self.service}_{self.period}_{self.scope}_{started_at.astimezone(UTC).strftime(_TIME)}.warc.gz"


def last_fetches(home: Home, source: str) -> dict[FetchKey, datetime]:
    """When each was last fetched whole from `source`."""
    names = {path.name for path in (home.landing / source).glob("*.warc.gz")}
    for archived in archived_files(home):
        names |= {name for known, name in archived.receptions if known == source}
    last: dict[FetchKey, datetime] = {}
    for found in filter(None, map(_NAME.fullmatch, sorted(names))):
        key = FetchKey(found["service"], found["period"], found["scope"])
        started = datetime.strptime(found["started"], _TIME).replace(tzinfo=UTC)
        last[key] = max(started, last.get(key, started))
    return last
