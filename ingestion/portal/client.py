"""Asking the portal's statistics service politely: one connection, pauses, a bounded number of tries.

Only an answer that holds rows is handed on; every other one is named. Nothing is logged but the service, the rule and
what came: addresses may hold a password.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpcore
import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from ingestion.portal.answers import LOGIN_ADDRESS, NotRows, rows_of
from ingestion.portal.http_message import BrokenMessage, HttpAnswer, TooLarge, read_answer, without_secrets
from ingestion.portal.recording import AnswerTooLarge, Tape, TapedTransport
from ingestion.portal.refusing import refused
from ingestion.portal.settings import ENDPOINT, PortalSettings
from warehouse.errors import Misused

#: The header by which the stand-in says that its answers are made up.
SYNTHETIC_HEADER = "x-synthetic"
#: Statuses of a server that may answer properly in a moment.
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """An accepted answer: its rows, and both messages as they went over the wire (our credentials withheld)."""

    rows: tuple[dict[str, Any], ...]
    total: int | None
    request: bytes
    response: bytes
    requested_at: datetime
    url: str
    is_synthetic: bool


class _Fault(Exception):
    """An answer that is none. `may_pass`: worth another try, not before `after` seconds."""

    def __init__(self, rule: str, found: str, *, may_pass: bool, after: float = 0.0) -> None:
        super().__init__(found)
        self.rule, self.found, self.may_pass, self.after = rule, found, may_pass, after


class PortalClient:
    """Asks one portal. `clock` says when, `sleep` waits; a client is used by one thread."""

    def __init__(
        self,
        settings: PortalSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        assert settings.url is not None
        self._settings, self._clock, self._sleep = settings, clock, sleep
        # The library logs addresses: what it is given holds no password.
        given = httpx.URL(settings.url.get_secret_value())
        address = _without_userinfo(str(given)).rstrip("/")
        self._address = address if address.endswith(ENDPOINT) else address + ENDPOINT
        self._tape = Tape(settings.max_bytes, settings.answer_seconds)
        tls = ssl.create_default_context()
        if settings.ca is not None:
            try:
                tls.load_verify_locations(cafile=settings.ca)
            except ssl.SSLError:
                raise Misused(
                    "REFORM_PORTAL_CA holds no certificate of an authority (PEM). See docs/portal.md"
                ) from None
        proxy = settings.proxy.get_secret_value() if settings.proxy else None
        self._http = httpx.Client(
            auth=(given.username, given.password) if given.username else None,
            transport=TapedTransport(self._tape, tls, proxy),
            timeout=settings.timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            headers={
                "User-Agent": settings.user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "X-Requested-With": "XMLHttpRequest",
            },
        )
        self._last = float("-inf")

    def __enter__(self) -> PortalClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(self, params: Mapping[str, Any], subject: str) -> Answer:
        """The answer to `params`; `subject` names the question in messages.

        Raises:
            Refused: after the last try, or at once where another try cannot help; the rule says what came instead.
        """
        tries = Retrying(
            stop=stop_after_attempt(self._settings.tries),
            wait=self._pause,
            retry=retry_if_exception(self._is_worth_a_try),
            sleep=self._sleep,
            before_sleep=lambda state: self._log(subject, state),
            reraise=True,
        )
        try:
            return tries(self._ask_once, params)
        except _Fault as fault:
            times = f" (tried {self._settings.tries} times)" if self._is_worth_a_try(fault) else ""
            raise refused(fault.rule, subject, fault.found + times, "a list of rows as JSON") from None

    def _ask_once(self, params: Mapping[str, Any]) -> Answer:
        self._keep_pace()
        requested_at = self._clock()
        self._tape.rewind()
        form = {"params": json.dumps(params, ensure_ascii=False, separators=(",", ":"))}
        try:
            with self._http.stream("POST", self._address, data=form) as streamed:
                for _ in streamed.iter_raw():
                    pass
            answer = read_answer(bytes(self._tape.received), self._settings.max_bytes)
        except (AnswerTooLarge, TooLarge):
            raise self._too_large() from None
        except httpcore.RemoteProtocolError as error:
            rule = "portal_truncated" if self._tape.received else "portal_unavailable"
            raise _Fault(rule, f"the connection ended early ({error})"[:160], may_pass=True) from None
        except BrokenMessage as error:
            raise _Fault("portal_truncated", str(error), may_pass=True) from None
        except (httpcore.TimeoutException, httpx.TimeoutException):
            raise _Fault("portal_unavailable", "no whole answer in time", may_pass=True) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
            raise _Fault("portal_unavailable", _said(error), may_pass=not _is_certificate(error)) from None
        self._refuse_status(answer)
        try:
            rows = rows_of(answer.body)
        except NotRows as error:
            raise _Fault(error.rule, error.found, may_pass=error.may_pass) from None
        return Answer(
            rows=rows.rows,
            total=rows.total,
            request=without_secrets(bytes(self._tape.sent)),
            response=bytes(self._tape.received),
            requested_at=requested_at,
            url=self._address,
            is_synthetic=answer.header(SYNTHETIC_HEADER) is not None,
        )

    def _keep_pace(self) -> None:
        wait = self._last + 1 / self._settings.requests_per_second - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._last = time.monotonic()

    def _refuse_status(self, answer: HttpAnswer) -> None:
        status = answer.status
        if status == 200:
            return
        if 300 <= status < 400:
            raise self._redirect(answer.header("location") or "")
        if status in {401, 403, 407}:
            raise _Fault("portal_login" if status != 407 else "portal_status", f"status {status}", may_pass=False)
        if status in _TRY_AGAIN:
            after = _seconds_of(answer.header("retry-after"), self._clock())
            raise _Fault("portal_unavailable", f"status {status}", may_pass=True, after=after)
        raise _Fault("portal_status", f"status {status}", may_pass=False)

    def _redirect(self, location: str) -> _Fault:
        try:
            ours, theirs = urlsplit(self._address), urlsplit(str(httpx.URL(self._address).join(location)))
        except (httpx.InvalidURL, ValueError):
            return _Fault("portal_redirect", "a redirect to an address that is none", may_pass=False)
        where = f"{theirs.scheme}://{theirs.hostname}"
        if theirs.hostname != ours.hostname or theirs.scheme != ours.scheme:
            return _Fault("portal_redirect", f"a redirect to {where}", may_pass=False)
        if LOGIN_ADDRESS.search(theirs.path):
            return _Fault("portal_login", f"a redirect to the log-in page of {where}", may_pass=False)
        return _Fault("portal_redirect", f"a redirect to {where}{theirs.path}"[:200], may_pass=False)

    def _too_large(self) -> _Fault:
        return _Fault("portal_too_large", f"more than {self._settings.max_bytes} bytes", may_pass=False)

    def _is_worth_a_try(self, error: BaseException) -> bool:
        return isinstance(error, _Fault) and error.may_pass and error.after <= self._settings.max_pause_seconds

    def _pause(self, state: RetryCallState) -> float:
        """Doubling with jitter; never less than the portal asks for."""
        grown = wait_random_exponential(self._settings.pause_seconds, self._settings.max_pause_seconds)(state)
        error = state.outcome.exception() if state.outcome else None
        return max(grown, error.after if isinstance(error, _Fault) else 0.0)

    @staticmethod
    def _log(subject: str, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Fault):
            pause = state.next_action.sleep if state.next_action else 0.0
            _logger.warning("%s: %s, %s; asking again in %.1f s", subject, error.rule, error.found, pause)


def _without_userinfo(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _seconds_of(retry_after: str | None, now: datetime) -> float:
    """Seconds the portal asks us to wait, written as a number or as a date."""
    if not retry_after:
        return 0.0
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - now) / timedelta(seconds=1), 0.0)


def _is_certificate(error: BaseException) -> bool:
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _said(error: BaseException) -> str:
    if _is_certificate(error):
        return "its certificate is not trusted here (REFORM_PORTAL_CA names a further authority)"
    return f"no connection ({type(error).__name__})"
