"""Every way the portal can misbehave, by name, against a real server on this machine."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ingestion.portal.client import PortalClient, _seconds_of
from ingestion.portal.portal import open_portal
from ingestion.portal.refusing import WORDS
from ingestion.portal.standin import Fault
from ingestion.portal.standin.faults import FaultKind
from tests.ingestion.portal.asking import SCORE, asking, settings
from tests.warehouse.alerts.servers import certificates
from warehouse.errors import Misused, Refused

_PARAMS = {"service": SCORE, "p_nam": "2025", "pageIndex": 1, "pageSize": 100}
#: What each fault ends in when it does not pass, and whether it is tried again before.
_ENDS: dict[FaultKind, tuple[str, bool]] = {
    "status_429": ("portal_unavailable", True),
    "status_500": ("portal_unavailable", True),
    "status_503": ("portal_unavailable", True),
    "silence": ("portal_unavailable", True),
    "hang_up": ("portal_unavailable", True),
    "trickle": ("portal_unavailable", True),
    "truncated": ("portal_truncated", True),
    "cut_json": ("portal_truncated", True),
    "html": ("portal_html", True),
    "not_json": ("portal_not_json", True),
    "deep_json": ("portal_not_json", False),
    "login": ("portal_login", False),
    "redirect_login": ("portal_login", False),
    "redirect_host": ("portal_redirect", False),
    "redirect_plain": ("portal_redirect", False),
    "not_found": ("portal_status", False),
    "giant": ("portal_too_large", False),
    "burst": ("portal_too_large", False),
}
_PASSING = [kind for kind, (_, again) in _ENDS.items() if again]


def fault(kind: FaultKind, times: int | None) -> Fault:
    return Fault(kind, times=times, seconds={"silence": 0.6, "trickle": 0.02}.get(kind, 0.0))


@pytest.mark.parametrize("kind", _ENDS)
def test_a_fault_that_stays_is_refused_by_its_name_after_a_bounded_number_of_tries(kind: FaultKind) -> None:
    rule, again = _ENDS[kind]
    with asking(fault(kind, None), answer_seconds=0.5) as portal, pytest.raises(Refused) as refused:
        portal.client.ask(_PARAMS, "the score")
    assert (refused.value.refusals[0].rule, len(portal.standin.asked)) == (rule, 3 if again else 1)


@pytest.mark.parametrize("kind", _PASSING)
def test_a_fault_that_passes_is_survived(kind: FaultKind) -> None:
    with asking(fault(kind, 2), answer_seconds=0.5) as portal:
        assert len(portal.client.ask(_PARAMS, "the score").rows) == 34


def test_the_pause_between_tries_grows_and_has_jitter() -> None:
    bounds = [1, 2, 4, 8]
    pauses = []
    for _ in range(20):
        with asking(fault("status_500", 4), tries=5, pause_seconds=1.0) as portal:
            portal.client.ask(_PARAMS, "the score")
        pauses.append(portal.waited)
    assert all(pause <= bound for waited in pauses for pause, bound in zip(waited, bounds, strict=True))
    assert len({waited[3] for waited in pauses}) > 10


def test_a_portal_that_says_how_long_to_wait_is_not_asked_sooner() -> None:
    with asking(Fault("status_429_retry_after", seconds=17), pause_seconds=0.0) as portal:
        portal.client.ask(_PARAMS, "the score")
    assert portal.waited == [17]


def test_a_portal_that_wants_to_rest_for_hours_is_left_alone_at_once() -> None:
    with (
        asking(Fault("status_429_retry_after", times=None, seconds=7200)) as portal,
        pytest.raises(Refused, match="portal_unavailable"),
    ):
        portal.client.ask(_PARAMS, "the score")
    assert (portal.waited, len(portal.standin.asked)) == ([], 1)


def test_a_date_as_time_to_wait_is_understood() -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime(2025, 10, 15, 8, 0, tzinfo=UTC)
    assert _seconds_of(format_datetime(now + timedelta(seconds=30), usegmt=True), now) == 30


def test_the_questions_keep_the_pace_that_was_set() -> None:
    with asking() as portal:
        reached = settings(url=SecretStr(portal.standin.url), requests_per_second=2.0)
        waited: list[float] = []
        with PortalClient(reached, sleep=waited.append) as client:
            for _ in range(3):
                client.ask(_PARAMS, "the score")
    assert [round(pause, 1) for pause in waited] == [0.5, 0.5]


def test_who_asks_says_so_honestly() -> None:
    with asking() as portal:
        portal.client.ask(_PARAMS, "the score")
    headers = portal.standin.headers_asked[0]
    assert headers["User-Agent"].startswith("reform-indicators/")
    assert headers["X-Requested-With"] == "XMLHttpRequest"


def test_one_connection_serves_many_questions() -> None:
    with asking() as portal:
        opened = []
        verify = portal.standin._server.verify_request
        portal.standin._server.verify_request = lambda *of: (opened.append(of), verify(*of))[1]  # type: ignore[method-assign]
        for _ in range(20):
            portal.client.ask(_PARAMS, "the score")
    assert len(opened) == 1


@pytest.mark.parametrize("rule", WORDS)
def test_every_refusal_speaks_vietnamese_and_english_and_says_what_to_do(rule: str) -> None:
    assert all(len(text) > 12 for text in WORDS[rule])


@contextmanager
def canned(answer: bytes, certificate: Path | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server of one answer that keeps what it was asked, byte for byte."""
    asked: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)

    def serve() -> None:
        try:
            plain, _ = listening.accept()
            connection = tls.wrap_socket(plain, server_side=True) if tls else plain
            with connection:
                whole = b""
                while b"params=" not in whole:
                    whole += connection.recv(65536)
                asked.append(whole)
                connection.sendall(answer)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1]), asked
    finally:
        listening.close()
        thread.join()


_CHUNKED = b"HTTP/1.1 200 OK\r\nX-oDD-Case:  kept \r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[{}\r\n1\r\n]\r\n0\r\n\r\n"


def test_the_answer_is_handed_on_byte_for_byte_as_it_came() -> None:
    with (
        canned(_CHUNKED) as (port, asked),
        PortalClient(settings(url=SecretStr(f"http://127.0.0.1:{port}"))) as client,
    ):
        answer = client.ask(_PARAMS, "the score")
    assert (answer.response, answer.request, answer.rows) == (_CHUNKED, asked[0], ({},))


def test_what_identifies_us_is_sent_and_neither_kept_nor_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with canned(_CHUNKED) as (port, asked):
        address = f"http://lan:mat-khau-1@127.0.0.1:{port}"
        with PortalClient(settings(url=SecretStr(address))) as client:
            answer = client.ask(_PARAMS, "the score")
    assert b"Authorization: Basic bGFuOm1hdC1raGF1LTE=" in asked[0]
    kept = answer.request + answer.response + answer.url.encode() + caplog.text.encode()
    assert b"bGFuOm1hdC1raGF1LTE" not in kept
    assert b"mat-khau-1" not in kept


def test_a_refusal_does_not_repeat_the_password_of_the_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        PortalClient(settings(url=SecretStr("http://lan:mat-khau-1@127.0.0.1:9")), sleep=lambda _: None) as client,
        pytest.raises(Refused) as refused,
    ):
        client.ask(_PARAMS, "the score")
    assert "mat-khau-1" not in str(refused.value) + caplog.text


def test_a_certificate_of_the_house_is_trusted_only_when_it_is_named(tmp_path: Path) -> None:
    authority, server = certificates(tmp_path)
    with canned(_CHUNKED, server) as (port, _):
        reached = settings(url=SecretStr(f"https://127.0.0.1:{port}"))
        with PortalClient(reached) as client, pytest.raises(Refused, match="REFORM_PORTAL_CA"):
            client.ask(_PARAMS, "the score")
    with canned(_CHUNKED, server) as (port, _):
        reached = settings(url=SecretStr(f"https://127.0.0.1:{port}"), ca=authority)
        with PortalClient(reached) as client:
            assert client.ask(_PARAMS, "the score").response == _CHUNKED


def test_a_file_of_no_authority_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(Misused, match="REFORM_PORTAL_CA"):
        PortalClient(settings(url=SecretStr("https://127.0.0.1"), ca=tmp_path / "ca.pem"))


def test_a_proxy_is_used_and_its_password_is_not_kept() -> None:
    with canned(_CHUNKED) as (port, asked):
        proxy = SecretStr(f"http://lan:mat-khau-2@127.0.0.1:{port}")
        with PortalClient(settings(url=SecretStr("http://portal"), proxy=proxy)) as client:
            answer = client.ask(_PARAMS, "the score")
    assert asked[0].startswith(b"POST http://portal/jsp/rest.jsp HTTP/1.1")
    assert b"Proxy-Authorization: Basic" in asked[0]
    assert b"Proxy-Authorization: [withheld]" in answer.request


@contextmanager
def tunnel(target: int) -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that lets one TLS connection through to `target`, and keeps what it was told before."""
    told: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)

    def relay(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            return

    def serve() -> None:
        asking_us, _ = listening.accept()
        with asking_us, socket.create_connection(("127.0.0.1", target)) as portal:
            told.append(asking_us.recv(65536))
            asking_us.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=relay, args=(portal, asking_us), daemon=True)
            back.start()
            relay(asking_us, portal)
            back.join(5)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1]), told
    finally:
        listening.close()
        thread.join(5)


def test_through_a_tunnel_only_what_the_portal_said_is_kept(tmp_path: Path) -> None:
    authority, server = certificates(tmp_path)
    with canned(_CHUNKED, server) as (port, asked), tunnel(port) as (proxy_port, told):
        proxy = SecretStr(f"http://lan:mat-khau-2@127.0.0.1:{proxy_port}")
        reached = settings(url=SecretStr(f"https://127.0.0.1:{port}"), ca=authority, proxy=proxy)
        with PortalClient(reached) as client:
            answer = client.ask(_PARAMS, "the score")
    assert (answer.response, answer.request) == (_CHUNKED, asked[0])
    assert told[0].startswith(f"CONNECT 127.0.0.1:{port} ".encode())
    assert b"Proxy-Authorization: Basic" in told[0]


def test_the_environment_has_no_say_in_where_questions_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with asking() as portal:
        assert len(portal.client.ask(_PARAMS, "the score").rows) == 34


def test_without_the_portals_address_only_this_machine_is_asked() -> None:
    with open_portal(settings()) as portal:
        assert portal.source == "portal_standin"
        assert portal.client._address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b'{"error": "SESSION"}', "portal_not_json"),
        (b"[1, 2]", "portal_not_json"),
        (b"null", "portal_not_json"),
        (b'[{"a": NaN}]', "portal_not_json"),
        (b'[{"a": ' + b"9" * 5000 + b"}]", "portal_not_json"),
        (b"\xff\xfe[]", "portal_not_json"),
        (b"", "portal_truncated"),
        ('[{"a": "ệ'.encode()[:-1], "portal_truncated"),
        (b"<!-- x --><html><form action='/cas/login'>", "portal_login"),
        (b'[{"a": [[[[[[[[[1]]]]]]]]]}]', "portal_not_json"),
    ],
)
def test_a_body_that_is_no_list_of_rows_is_named(body: bytes, rule: str) -> None:
    from ingestion.portal.answers import NotRows, rows_of

    with pytest.raises(NotRows) as found:
        rows_of(body)
    assert found.value.rule == rule


@pytest.mark.parametrize(
    "body", [b'[{"a": "1"}]', b'{"data": [{"a": "1"}], "total": "1"}', b'\xef\xbb\xbf{"DATA": [{"a": "1"}]}']
)
def test_a_list_and_an_object_with_data_are_rows_alike(body: bytes) -> None:
    from ingestion.portal.answers import rows_of

    found: Any = rows_of(body).rows
    assert found == ({"a": "1"},)
