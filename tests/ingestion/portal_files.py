"""Archived fetches for tests: answers made up here, in the shapes public scripts show, as the files a fetch leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ingestion.portal.catalogue import services
from ingestion.portal.warc_file import FetchWriter
from warehouse.figures import SourceDocument

MONTHS = "report_by_month_sum_service"
SCORES = "report_tinh_766_service"
_URL = "http://127.0.0.1/jsp/rest.jsp"


@dataclass(frozen=True)
class Answer:
    """One answer: rows (or a body as it is), and the unit asked for."""

    rows: Sequence[Mapping[str, Any]] | bytes
    unit_code: str | None = None
    is_object: bool = False


def fetch_file(
    folder: Path,
    *answers: Answer,
    service: str = MONTHS,
    period: str = "2025-09",
    scope: str = "all",
    started_at: datetime = datetime(2025, 10, 15, 3, tzinfo=UTC),
    is_standin: bool = True,
    asked: tuple[int, int] | None = None,
) -> Path:
    """Write a fetch of `answers`; the questions ask for what the period says unless `asked` (year, month) differs."""
    year, month = asked or (int(period[:4]), int(period[5:7]) if period[5:6].isdigit() else 0)
    path = folder / f"{service}_{period}_{scope}_{started_at:%Y%m%dT%H%M%SZ}.warc.gz"
    mark = b"X-Synthetic: reform-indicators stand-in\r\n" if is_standin else b""
    with FetchWriter(path, service=service, period=period, scope=scope, started_at=started_at) as writer:
        for answer in answers:
            body = answer.rows if isinstance(answer.rows, bytes) else _json(answer)
            params = services()[service].base_params(year, month) if service in services() else {"p_nam": str(year)}
            form = urlencode({"params": json.dumps(params)}).encode()
            writer.add(
                b"POST /jsp/rest.jsp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + form,
                b"HTTP/1.1 200 OK\r\n" + mark + f"Content-Length: {len(body)}\r\n\r\n".encode() + body,
                requested_at=started_at,
                url=_URL,
                unit_code=answer.unit_code,
            )
    return path


def _json(answer: Answer) -> bytes:
    rows = [dict(row) for row in answer.rows if not isinstance(row, int)]
    return json.dumps({"data": rows, "total": len(rows)} if answer.is_object else rows, ensure_ascii=False).encode()


def document(path: Path, source: str = "portal_standin") -> SourceDocument:
    """The document `path` is when it has been received."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return SourceDocument(
        source_document_id=f"doc_{sha256[:16]}",
        sha256=sha256,
        source=source,
        file_name=path.name,
        size_bytes=path.stat().st_size,
        media_type="application/gzip",
        received_at="2026-01-01T00:00:00+00:00",
        received_from=f"landing/{source}",
    )


def month_row(dossiers: int = 1000, late: int = 50, **changes: Any) -> dict[str, Any]:
    """A month's row whose counts and shares agree; `changes` with None take a field out."""
    ways = {"TRUCTIEP": dossiers * 3 // 10, "BUUCHINH": dossiers // 50, "TRUCTUYEN_KHONGCHUAN": dossiers // 20}
    ways["TRUCTUYEN"] = dossiers - sum(ways.values())
    returned = dossiers * 9 // 10
    counts = {
        "HS_TOTAL": dossiers,
        "DB_TOTAL": dossiers * 19 // 20,
        **{f"HTN_{way}_TOTAL": count for way, count in ways.items()},
        "HTDH": returned - late,
        "HTQH": late,
        "DXLTH": dossiers // 10,
        "DXLQH": dossiers // 100,
        "GDTT_TOTAL": dossiers // 2,
        "GDTTQG": dossiers // 2 - dossiers // 5,
        "GDTTDP": dossiers // 5,
        "NTTDXLTH": 9,
        "NTTDXLQH": 1,
        "TNTK_TOTAL": 300,
        "NTTQG_TOTAL": 200,
        "TNKTCS_TOTAL": 40,
    }
    shares = {f"HTN_{way}": 100 * count / max(dossiers, 1) for way, count in ways.items()}
    shares["TILE"] = 100 * counts["HTDH"] / max(returned, 1)
    shares["TILE_DB"] = 100 * counts["DB_TOTAL"] / max(dossiers, 1)
    row: dict[str, Any] = {name: str(count) for name, count in counts.items()}
    row |= {name: f"{share:.2f}" for name, share in shares.items()}
    row |= changes
    return {name: value for name, value in row.items() if value is not None}


def score_row(name: str = "Tỉnh Lào Cai", rank: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of the ranking whose parts add up; `changes` with None take a field out."""
    row: dict[str, Any] = {
        "ID": "900015",
        "TEN": name,
        "MA_COQUAN": "H15",
        "CAPDONVIID": "1",
        "ROW_STT": str(rank),
        "CKMB": "15.3",
        "TDGQ": "16.5",
        "TTTT": "5.2",
        "CLGQ": "11.1",
        "MDHL": "17.9",
        "MDSH": "19.7",
        "TONG_SCORE": "85.7",
    }
    row |= changes
    return {name: value for name, value in row.items() if value is not None}
