"""The archive of a fetch: byte for byte, whole or not at all, and nothing of it trusted."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from ingestion.portal import warc_file
from ingestion.portal.warc_file import FetchWriter, read_fetch
from warehouse.errors import Refused

_REQUEST = b"POST /jsp/rest.jsp HTTP/1.1\r\nHost: x\r\n\r\nparams=%7B%22service%22%3A%22a%22%7D"
_PLAIN = b"HTTP/1.1 200 OK\r\nx-ODD:  as it came \r\nContent-Length: 2\r\n\r\n[]"
_PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nX-Synthetic: yes\r\n\r\n" + gzip.compress(b'[{"a":"1"}]')
_AT = datetime(2025, 10, 15, 8, 0, 0, 123456, tzinfo=UTC)


def write(path: Path, *responses: bytes) -> Path:
    with FetchWriter(path, service="a", period="2025-09", scope="all", started_at=_AT) as writer:
        for number, response in enumerate(responses):
            moment = _AT + timedelta(seconds=number)
            unit = "lao_cai_2025" if number else None
            writer.add(_REQUEST, response, requested_at=moment, url="https://x/jsp/rest.jsp", unit_code=unit)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "f.warc.gz", _PLAIN, _PACKED)


def test_what_was_written_is_read(path: Path) -> None:
    fetch = read_fetch(path)
    assert (fetch.service, fetch.period, fetch.scope, fetch.started_at) == ("a", "2025-09", "all", _AT)
    first, second = fetch.exchanges
    assert (first.body, first.is_standin, first.unit_code, first.requested_at) == (b"[]", False, None, _AT)
    assert (second.body, second.is_standin, second.unit_code) == (b'[{"a":"1"}]', True, "lao_cai_2025")
    assert (first.record_no, second.record_no, second.request_params) == (3, 5, {"service": "a"})


def test_both_messages_stand_in_the_file_byte_for_byte(path: Path) -> None:
    with path.open("rb") as stream:
        blocks = [record.content_stream().read() for record in ArchiveIterator(stream, no_record_parse=True)]
    assert blocks[1:5] == [_REQUEST, _PLAIN, _REQUEST, _PACKED]


def test_the_file_is_one_the_librarys_own_checker_passes(path: Path) -> None:
    checker = Path(sys.executable).with_name("warcio")
    done = subprocess.run([str(checker), "check", str(path)], check=False, capture_output=True)
    assert done.returncode == 0, done.stdout


def _write_and_fail(path: Path) -> None:
    with FetchWriter(path, service="a", period="2025", scope="all", started_at=_AT) as writer:
        writer.add(_REQUEST, _PLAIN, requested_at=_AT, url="https://x/")
        raise RuntimeError


def test_a_fetch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        _write_and_fail(tmp_path / "f.warc.gz")
    assert list(tmp_path.iterdir()) == []


def test_every_shortened_file_is_refused(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    accepted = []
    for length in range(0, len(whole), 7):
        cut = tmp_path / "cut.warc.gz"
        cut.write_bytes(whole[:length])
        try:
            read_fetch(cut)
            accepted.append(length)
        except Refused:
            pass
    assert accepted == []


def _without_the_last_record(whole: bytes) -> bytes:
    return whole[: whole.rindex(b"\x1f\x8b\x08")]


def _twice(whole: bytes) -> bytes:
    return whole + whole


def _changed(whole: bytes) -> bytes:
    return gzip.compress(gzip.decompress(whole).replace(b"\r\n\r\n[]", b"\r\n\r\n{}"))


@pytest.mark.parametrize("harm", [_without_the_last_record, _twice, _changed], ids=lambda harm: harm.__name__)
def test_a_file_somebody_touched_is_refused(path: Path, harm: Callable[[bytes], bytes]) -> None:
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(Refused, match="warc_broken"):
        read_fetch(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b""), gzip.compress(b"WARC/1.1\r\n\r\n"), gzip.compress(b"x" * 100_000)],
    ids=["empty", "no gzip", "nothing packed", "half a record", "long"],
)
def test_what_is_no_fetch_is_refused(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "f.warc.gz"
    other.write_bytes(content)
    with pytest.raises(Refused, match="warc_broken"):
        read_fetch(other)


def test_a_file_that_bursts_when_unpacked_is_refused_before_it_is_read(tmp_path: Path) -> None:
    bomb = tmp_path / "f.warc.gz"
    bomb.write_bytes(gzip.compress(b"\0" * (64 * 1024 * 1024)))
    with pytest.raises(Refused, match="unpack to more than"):
        read_fetch(bomb)


def test_an_answer_that_bursts_inside_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_file, "MAX_BODY_BYTES", 1000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    with pytest.raises(Refused, match="warc_broken"):
        read_fetch(write(tmp_path / "f.warc.gz", head + gzip.compress(b" " * 5000)))


def test_a_fetch_of_many_exchanges_is_written_in_constant_memory(tmp_path: Path) -> None:
    import tracemalloc

    tracemalloc.start()
    write(tmp_path / "f.warc.gz", *([_PLAIN[:-2].replace(b"2\r\n", b"100000\r\n") + b" " * 100_000] * 200))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000
