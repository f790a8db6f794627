"""From a question to an answer: pages of a table, and documents; each made once for a release and then kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import duckdb
from starlette.requests import Request
from starlette.responses import Response

from warehouse.serving.cache import Answer
from warehouse.serving.conditions import Condition
from warehouse.serving.front import CACHE_CONTROL, RELEASE
from warehouse.serving.negotiation import DOCUMENT, MEDIA_TYPES, TABULAR, TYPED, is_known, representation
from warehouse.serving.parameters import Page
from warehouse.serving.problems import Problem
from warehouse.serving.queries import QueryRunner, Selection, page_of_engine, page_of_series
from warehouse.serving.releases import OpenRelease
from warehouse.serving.rendering import as_json, content_type

#: Goes up when the same release is written differently, so that copies made before are not taken for the same.
_REVISION = "1"


def release_of(request: Request) -> OpenRelease:
    """The release this request is answered from."""
    release: OpenRelease = request.scope[RELEASE]
    return release


def chosen(request: Request, offered: tuple[str, ...]) -> str:
    """The representation this request gets.

    Raises:
        Problem: it accepts none of those offered.
    """
    form = representation(",".join(request.headers.getlist("accept")), offered)
    if form is None:
        names = ", ".join(MEDIA_TYPES[name] for name in offered)
        raise Problem("not_acceptable", f"Offered here: {names}.", f"Có các dạng: {names}.")
    return form


async def table_page(
    request: Request,
    runner: QueryRunner,
    table_name: str,
    asked: Page,
    *,
    conditions: tuple[Condition, ...] | None = None,
    order: tuple[str, ...] = (),
    series: tuple[str, str] | None = None,
    about: dict[str, Any] | None = None,
) -> Response:
    """A page of a table in `order`; `about` stands in its JSON beside the rows.

    `series` names the unit and the indicator when the conditions are those of one series of figures.


    Raises:
        Problem: table, columns, values or release are not there, or no representation is accepted.
    """
    release = release_of(request)
    table = release.catalogue.table(table_name)
    form = chosen(request, TABULAR)
    _check_release(release, asked)
    wanted = asked.conditions() if conditions is None else conditions
    selection = Selection(table, wanted, order, asked.limit, asked.offset)
    next_page = _next_page(request, release, asked)
    document = {"release_id": release.release_id, "table": table.name, **(about or {})}

    held = release.held.get(table.name) if series else None

    def work(connection: duckdb.DuckDBPyConnection) -> tuple[bytes, bool]:
        if held is None or series is None:
            return page_of_engine(connection, selection, form, document, next_page)
        return page_of_series(held.series(*series, wanted), selection, form, document, next_page)

    if held is not None and series is not None and form not in TYPED:
        # Quicker done than handed to a thread.
        body, more = page_of_series(held.series(*series, wanted), selection, form, document, next_page)
    else:
        body, more = await runner.run(release, work, quick=series is not None)
    return _answered(request, release, form, body, next_page if more else "")


def document(request: Request, content: dict[str, Any]) -> Response:
    """A document in JSON with the release's id in it.

    Raises:
        Problem: JSON is not accepted.
    """
    return json_answer(request, {"release_id": release_of(request).release_id, **content})


def json_answer(request: Request, content: dict[str, Any]) -> Response:
    """A document in JSON as it is.

    Raises:
        Problem: JSON is not accepted.
    """
    return _answered(request, release_of(request), chosen(request, DOCUMENT), as_json(content))


def _answered(request: Request, release: OpenRelease, form: str, body: bytes, next_page: str = "") -> Response:
    etag = f'"{release.release_id}.{form}.{_REVISION}"'.encode()
    headers = [
        (b"content-type", content_type(form).encode()),
        (b"etag", etag),
        (b"cache-control", CACHE_CONTROL),
        (b"vary", b"Accept"),
    ]
    if next_page:
        headers.append((b"link", f'<{next_page}>; rel="next"'.encode()))
    answer = Answer(body, etag, tuple(headers))
    scope = request.scope
    release.answers.put((scope["path"], scope["query_string"], form), answer)
    known = is_known(",".join(request.headers.getlist("if-none-match")).encode("latin-1"), etag)
    response = Response(b"" if known else body, 304 if known else 200)
    length = [] if known else [(b"content-length", str(len(body)).encode())]
    response.raw_headers = [*(headers[1:] if known else headers), *length]
    return response


def _check_release(release: OpenRelease, asked: Page) -> None:
    if asked.release is not None and asked.release != release.release_id:
        raise Problem(
            "release_changed",
            f"{release.release_id} is current now; begin again with its first page.",
            f"Bản phát hành hiện hành là {release.release_id}; hãy bắt đầu lại từ trang đầu.",
        )


def _next_page(request: Request, release: OpenRelease, asked: Page) -> str:
    """The address of the next page, relative to this one's, so that it holds behind any proxy."""
    kept = [
        (name, value)
        for name, value in parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if name not in {"limit", "offset", "release"}
    ]
    place = [("limit", asked.limit), ("offset", asked.offset + asked.limit), ("release", release.release_id)]
    return "?" + urlencode([*kept, *place])
