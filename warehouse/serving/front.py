"""What stands before the routes: limits, answers already made, and the headers of every answer."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from warehouse.serving.cache import Answer
from warehouse.serving.negotiation import is_known, representation
from warehouse.serving.problems import PROBLEM_MEDIA_TYPE, Problem
from warehouse.serving.releases import OpenRelease, ReleaseKeeper
from warehouse.serving.settings import MAX_URL_BYTES

_log = logging.getLogger(__name__)
#: Where a request finds the release it is answered from.
RELEASE = "reform.release"
#: The release may change at any moment, so a copy is asked after each time: that costs an answer without a body.
CACHE_CONTROL = b"public, no-cache"
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"interest-cohort=()"),
)
Headers = tuple[tuple[bytes, bytes], ...]


class Front:
    """An ASGI application around the API's own.

    It gives every request the release it is answered from, for the whole of its time. An answer made before is sent
    from here, without routing: that is what makes a cached series cheap.
    """

    def __init__(self, app: ASGIApp, keeper: Callable[[], ReleaseKeeper]) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        release = self._keeper().current
        headers: Headers = ((b"x-release-id", release.release_id.encode()), *_SECURITY)
        is_head = scope["method"] == "HEAD"
        if scope["method"] not in {"GET", "HEAD"}:
            await _send_problem(Problem("method_not_allowed", headers={"Allow": "GET, HEAD"}), send, headers, is_head)
        elif len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_URL_BYTES:
            problem = Problem(
                "url_too_long",
                f"At most {MAX_URL_BYTES} bytes: ask for fewer codes at once.",
                f"Tối đa {MAX_URL_BYTES} byte: hãy hỏi ít mã hơn trong một lần.",
            )
            await _send_problem(problem, send, headers, is_head)
        else:
            accept, if_none_match = _asked(scope)
            form = representation(accept)
            answer = release.answers.get((scope["path"], scope["query_string"], form)) if form else None
            if answer is not None:
                await _send_answer(answer, if_none_match, send, headers, is_head)
            else:
                await self._pass_on({**scope, "method": "GET", RELEASE: release}, receive, send, headers, is_head)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, headers: Headers, is_head: bool) -> None:
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), *headers]
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        release: OpenRelease = scope[RELEASE]
        with release.in_use():
            try:
                await self._app(scope, receive, send_with_headers)
            except Exception:
                _log.exception("a request failed: %s", scope["path"])
                if begun:
                    raise
                await _send_problem(Problem("internal"), send, headers, is_head)


def _asked(scope: Scope) -> tuple[str, bytes]:
    """What `Accept` and `If-None-Match` say; several of one are one list."""
    accept, if_none_match = b"", b""
    for header, value in scope["headers"]:
        if header == b"accept":
            accept = accept + b"," + value if accept else value
        elif header == b"if-none-match":
            if_none_match = if_none_match + b"," + value if if_none_match else value
    return accept.decode("latin-1"), if_none_match


async def _send_answer(answer: Answer, if_none_match: bytes, send: Send, headers: Headers, is_head: bool) -> None:
    known = is_known(if_none_match, answer.etag)
    own = answer.headers[1:] if known else (*answer.headers, (b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": 304 if known else 200, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": b"" if known or is_head else answer.body})


async def _send_problem(problem: Problem, send: Send, headers: Headers, is_head: bool) -> None:
    body = problem.body()
    own = [
        (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": b"" if is_head else body})
