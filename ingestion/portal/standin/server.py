"""The stand-in as a real HTTP server: what it answers, and how it misbehaves when it is told to."""

from __future__ import annotations

import gzip
import json
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

from ingestion.portal.periods import Period
from ingestion.portal.settings import ENDPOINT
from ingestion.portal.standin import figures
from ingestion.portal.standin.dossier_counts import dossier_counts
from ingestion.portal.standin.faults import Fault
from ingestion.portal.unit_ids import portal_units, provinces_on, unit_names_on

#: The day the stand-in lives in, unless it is told another.
TODAY = date(2025, 10, 15)
SYNTHETIC = "reform-indicators stand-in"
_GIANT = 64 * 1024 * 1024
_HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>Lỗi hệ thống</title></head><body><h1>Hệ thống đang bận</h1></body></html>"
)
_LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Đăng nhập</title></head><body><form action='/sso/login'>"
    "<input name='user'><input type='password' name='secret'></form></body></html>"
)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, standin: StandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.standin = standin

    def handle_error(self, request: Any, client_address: Any) -> None:
        """One who hangs up early is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class StandIn:
    """A portal on a free port of 127.0.0.1 for the length of a `with` block. `today` and `faults` may be changed on the
    way; `asked` are the questions it was asked.
    """

    def __init__(self, today: date = TODAY, faults: Sequence[Fault] = ()) -> None:
        self.today = today
        self.faults = list(faults)
        self.asked: list[dict[str, Any]] = []
        self.headers_asked: list[dict[str, str]] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> StandIn:
        # Counted before anybody waits for an answer.
        dossier_counts()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fault_for(self, params: dict[str, Any], headers: dict[str, str]) -> Fault | None:
        """Note the question, and say which fault is to be committed on it."""
        with self._lock:
            self.asked.append(params)
            self.headers_asked.append(headers)
            service, page = str(params.get("service")), int(params.get("pageIndex") or 1)
            return next((fault for fault in self.faults if fault.takes(service, page)), None)

    def answer(self, params: dict[str, Any], fault: Fault | None = None) -> Any:
        """The content of the answer: a list of rows, or an object with them."""
        service, year = str(params.get("service")), int(params.get("p_nam") or 0)
        month = int(params.get("p_thang") or 0)
        rows = self._rows(service, year, month, str(params.get("p_tinh_id") or "0"))
        kind = fault.kind if fault else None
        page, size = int(params.get("pageIndex") or 1), int(params.get("pageSize") or 100)
        shown = _page(rows, page, size, kind)
        if kind in {"missing_field", "renamed_field", "extra_field"}:
            shown = [_drifted(row, str(kind)) for row in shown]
        whole = len(rows) + (7 if kind == "wrong_count" else 0)
        if kind == "wrong_count" or self._is_object(service):
            return {"data": shown, "total": whole}
        return shown

    def _is_object(self, service: str) -> bool:
        """Some services answer with an object; the score does in even weeks."""
        if service == "report_tinh_766_service":
            return self.today.isocalendar().week % 2 == 0
        return service in {"report_by_year_sum_service", "report_xuhuongdiem_chiso_service"}

    def _rows(self, service: str, year: int, month: int, portal_id: str) -> list[dict[str, Any]]:
        if not figures.FIRST_MONTH[0] <= year <= figures.LAST_MONTH[0] or date(year, month or 1, 1) > self.today:
            return []
        day = self._day_asked(year, month)
        if service == "report_tinh_766_service":
            return list(figures.score_rows(_named(day), year, self.today.strftime("%G-W%V")))
        last_month = 12 if year < self.today.year else self.today.month - 1
        if service in {"report_sum_xuonghuongdiem_tonghop_service", "report_tile_cungcap_dvctt_service",
                       "report_tthc_tilexulyhs_service"}:  # fmt: skip
            return figures.undocumented_rows(service, _named(day), year, month)
        unit = _unit(portal_id, day)
        if unit is None:
            return []
        if service == "report_by_month_sum_service":
            return [figures.month_row(unit, year, month)] if month else []
        if service == "report_by_year_sum_service":
            row = figures.year_row(unit, year, last_month)
            return [row] if row else []
        if service == "report_xuhuongdiem_service":
            return list(figures.trend_rows(unit, year, last_month))
        if service == "report_xuhuongdiem_chiso_service":
            return list(figures.part_rows(unit, year, self.today))
        return []

    def _day_asked(self, year: int, month: int) -> date:
        """The day whose map counts: the last of the month or year, though no day that is still to come."""
        last = Period.month(year, month).last if month else date(year, 12, 31)
        return min(last, self.today)


def _named(day: date) -> dict[str, tuple[str, str]]:
    names, ids = unit_names_on(day), {unit.unit_code: unit.portal_id for unit in portal_units()}
    return {code: (ids[code], names[code]) for code in provinces_on(day) if code in ids}


def _unit(portal_id: str, day: date) -> str | None:
    there = set(provinces_on(day))
    return next(
        (unit.unit_code for unit in portal_units() if unit.portal_id == portal_id and unit.unit_code in there), None
    )


def _page(rows: list[dict[str, Any]], page: int, size: int, fault: str | None) -> list[dict[str, Any]]:
    last = max((len(rows) + size - 1) // size, 1)
    if fault == "repeat_last_page":
        # The last page is made a full one, or nobody would ask for another.
        return rows[max(len(rows) - size, 0) :] if page >= last else rows[(page - 1) * size : page * size]
    shown = rows[(page - 1) * size : page * size]
    if fault == "duplicate_rows" and page > 1 and shown:
        shown = [rows[(page - 1) * size - 1], *shown]
    return shown


def _drifted(row: dict[str, Any], kind: str) -> dict[str, Any]:
    *kept, last = row
    if kind == "extra_field":
        return {**row, "CHI_SO_MOI": "1"}
    changed = {name: row[name] for name in kept}
    return changed if kind == "missing_field" else {**changed, f"{last}_MOI": row[last]}


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # One write an answer: two would wait for each other's acknowledgement.
    wbufsize = -1

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("ascii", "replace"))
        try:
            params = json.loads(form["params"][0])
        except (KeyError, ValueError):
            self.say(400, "Thiếu tham số".encode(), {"Content-Type": "text/plain; charset=utf-8"})
            return
        fault = self.server.standin.fault_for(params, dict(self.headers.items()))
        # The one who asks may have hung up by the time this misbehaves.
        with suppress(BrokenPipeError, ConnectionResetError):
            if self.path != ENDPOINT:
                self.say(404, b"", {})
            elif self.headers.get("X-Requested-With") != "XMLHttpRequest":
                self.say(200, _LOGIN_PAGE.encode(), {"Content-Type": "text/html"})
            elif fault is None or not self.misbehave(fault, params):
                self.say(
                    200,
                    _json(self.server.standin.answer(params, fault)),
                    mark=not (fault and fault.kind == "not_marked"),
                )

    def say(self, status: int, body: bytes, headers: dict[str, str] | None = None, *, mark: bool = True) -> None:
        self.send_response(status)
        if mark:
            self.send_header("X-Synthetic", SYNTHETIC)
        for name, value in (headers or {"Content-Type": "application/json;charset=UTF-8"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def misbehave(self, fault: Fault, params: dict[str, Any]) -> bool:
        """Commit `fault` if it is one of the wire, and say whether."""
        plain = _PLAIN.get(fault.kind)
        if plain is not None:
            status, body, headers = plain
            named = {name: value.format(seconds=int(fault.seconds), port=self.server.standin.port)
                     for name, value in headers.items()}  # fmt: skip
            self.say(status, body, named or None)
            return True
        body = _json(self.server.standin.answer(params))
        if fault.kind == "silence":
            time.sleep(fault.seconds)
        elif fault.kind == "cut_json":
            self.say(200, body[: len(body) * 2 // 3])
            return True
        elif fault.kind in {"truncated", "trickle"}:
            self.begin(len(body))
            step = len(body) // 2 if fault.kind == "truncated" else 1
            for place in range(0, len(body) // 2, max(step, 1)):
                self.wfile.write(body[place : place + step])
                self.wfile.flush()
                time.sleep(fault.seconds)
        elif fault.kind == "giant":
            self.begin(_GIANT)
            for _ in range(_GIANT // 65536):
                self.wfile.write(b" " * 65536)
        elif fault.kind != "hang_up":
            return False
        self.close_connection = True
        return True

    def begin(self, length: int) -> None:
        self.send_response(200)
        self.send_header("X-Synthetic", SYNTHETIC)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


_TEXT = {"Content-Type": "text/html;charset=UTF-8"}
_PLAIN: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "status_429": (429, b"", {"Content-Type": "text/plain"}),
    "status_429_retry_after": (429, b"", {"Retry-After": "{seconds}"}),
    "status_500": (500, b"", {"Content-Type": "text/plain"}),
    "status_503": (503, _HTML_PAGE.encode(), _TEXT),
    "html": (200, _HTML_PAGE.encode(), _TEXT),
    "login": (200, _LOGIN_PAGE.encode(), _TEXT),
    "redirect_host": (302, b"", {"Location": "https://example.invalid/jsp/rest.jsp?token=1"}),
    "redirect_login": (302, b"", {"Location": "/sso/login?back=1"}),
    "redirect_plain": (301, b"", {"Location": "http://127.0.0.1:{port}/elsewhere.jsp"}),
    "not_found": (404, _HTML_PAGE.encode(), _TEXT),
    "not_json": (200, "Lỗi: ORA-01013".encode(), {"Content-Type": "application/json"}),
    "deep_json": (200, b"[" * 20_000 + b"]" * 20_000, {}),
    "burst": (200, gzip.compress(b" " * _GIANT), {"Content-Encoding": "gzip"}),
}


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
