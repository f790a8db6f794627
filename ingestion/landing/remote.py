"""A landing address elsewhere, read through fsspec: looked at and copied from, never written to."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ingestion.landing.at_rest import is_document_name
from ingestion.landing.names import safe_name
from ingestion.landing.refusing import refusal
from ingestion.landing.settings import LandingSettings
from ingestion.landing.sources import SOURCES
from warehouse.errors import EnvironmentBroken, Misused, Refusal, Refused

_CHUNK = 1024 * 1024
_TIMEOUT_SECONDS = 30
#: Folders below the folder of a source are looked into so far down.
_MAX_DEPTH = 4


@dataclass(frozen=True)
class RemoteFile:
    """A file at the address. `path` is how it is asked for there, `name` what it will be called here (NFC), `mark`
    its size with its tag or time of change: the same mark, the same content.
    """

    source: str
    path: str
    name: str
    size: int | None
    mark: str


class Changed(Exception):
    """The file changed while it was copied: it is still being written."""


class RemoteFolder:
    """An address, open; every failure in it is told in words, without secrets."""

    def __init__(self, settings: LandingSettings, filesystem: Any, root: str) -> None:
        self._settings = settings
        self._filesystem = filesystem
        self._root = root

    def look(self) -> tuple[list[RemoteFile], list[tuple[str, Refusal]]]:
        """The documents that lie there now, and those whose names cannot be used, each with the path it has there.

        Raises:
            EnvironmentBroken: the address cannot be reached or read.
            Refused: more files lie there than anybody sends.
        """
        files: list[RemoteFile] = []
        refused: list[tuple[str, Refusal]] = []
        with self._in_words():
            top = {self._leaf(entry, self._root) for entry in self._list(self._root) if entry["type"] == "directory"}
        for source in SOURCES:
            if source not in top:
                continue
            with self._in_words():
                for entry, leaf in self._walk(posixpath.join(self._root, source), _MAX_DEPTH):
                    name = safe_name(leaf)
                    if name is None:
                        told = refusal("landing_name", f"{source}/{leaf}", "such a name", "a name of a document")
                        refused.append((str(entry["name"]), told))
                    else:
                        files.append(_file(source, name, entry))
            if len(files) + len(refused) > self._settings.max_files:
                limit = f"at most {self._settings.max_files}"
                raise Refused(refusal("landing_too_many", self._settings.place, f"{len(files)} files and more", limit))
        return files, refused

    def copy(self, file: RemoteFile, target: Path, max_bytes: int) -> str:
        """Write its bytes to `target`, durably, and return their SHA-256.

        Raises:
            Changed: it is not the file that was looked at any more.
            Refused: it has more bytes than a document of its source can have.
            OSError: it cannot be read.
        """
        digest, size = hashlib.sha256(), 0
        with self._filesystem.open(file.path, "rb") as reading, target.open("xb") as writing:
            while chunk := reading.read(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise Refused(too_large(file, size, max_bytes))
                if file.size is not None and size > file.size:
                    raise Changed
                digest.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        if file.size not in {None, size} or self._mark_now(file) != file.mark:
            raise Changed
        return digest.hexdigest()

    def _mark_now(self, file: RemoteFile) -> str | None:
        self._filesystem.invalidate_cache()
        folder = posixpath.dirname(file.path)
        return next((_mark(entry) for entry in self._list(folder) if entry["name"] == file.path), None)

    def _walk(self, folder: str, depth: int) -> Iterator[tuple[dict[str, Any], str]]:
        for entry in self._list(folder):
            leaf = self._leaf(entry, folder)
            if not leaf or not is_document_name(leaf):
                continue
            if entry["type"] == "directory":
                if depth and safe_name(leaf) is not None:
                    yield from self._walk(str(entry["name"]).rstrip("/"), depth - 1)
            elif entry["type"] == "file" and not entry.get("islink"):
                yield entry, leaf

    def _list(self, folder: str) -> list[dict[str, Any]]:
        self._filesystem.invalidate_cache()
        return [dict(entry) for entry in self._filesystem.ls(folder, detail=True)]

    @staticmethod
    def _leaf(entry: dict[str, Any], folder: str) -> str:
        name = str(entry["name"]).rstrip("/")
        inside = f"{folder}/" if folder else ""
        return name[len(inside) :] if name.startswith(inside) else posixpath.basename(name)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise EnvironmentBroken(in_words(self._settings, error)) from None


def too_large(file: RemoteFile, size: int, max_bytes: int) -> Refusal:
    """The refusal of a file that has more bytes than a document of its source can have."""
    return refusal("landing_too_large", f"{file.source}/{file.name}", f"{size} bytes", f"at most {max_bytes} bytes")


def in_words(settings: LandingSettings, error: Exception) -> str:
    """Why the address cannot be read, on one line and without secrets."""
    said = settings.scrub(" ".join(str(error).split()))[:300]
    return f"the landing address {settings.place} cannot be read: {type(error).__name__}: {said}"


def _file(source: str, name: str, entry: dict[str, Any]) -> RemoteFile:
    size = entry.get("size")
    return RemoteFile(source, str(entry["name"]), name, None if size is None else int(size), _mark(entry))


def _mark(entry: dict[str, Any]) -> str:
    told = [entry.get(name) for name in ("size", "ETag", "etag", "mtime", "LastModified", "modified", "ino")]
    return " ".join(str(one) for one in told if one is not None)


@contextmanager
def open_remote(settings: LandingSettings) -> Iterator[RemoteFolder]:
    """Open the address, and close what was opened.

    Raises:
        EnvironmentBroken: it cannot be reached, or does not take the credentials.
        Misused: a setting that this kind of address needs is missing.
    """
    try:
        filesystem, root, close = _OPEN[settings.scheme](settings)
    except Misused:
        raise
    except Exception as error:
        raise EnvironmentBroken(in_words(settings, error)) from None
    try:
        yield RemoteFolder(settings, filesystem, root)
    finally:
        with suppress(Exception):
            close()


_Opened = tuple[Any, str, Callable[[], object]]


def _open_file(settings: LandingSettings) -> _Opened:
    from fsspec.implementations.local import LocalFileSystem

    return LocalFileSystem(skip_instance_cache=True), settings.path or "/", lambda: None


def _open_s3(settings: LandingSettings) -> _Opened:
    from s3fs import S3FileSystem

    client: dict[str, Any] = {"verify": str(settings.ca_file)} if settings.ca_file else {}
    filesystem = S3FileSystem(
        key=settings.user,
        secret=settings.password,
        endpoint_url=settings.s3_endpoint,
        client_kwargs=client,
        config_kwargs={"connect_timeout": _TIMEOUT_SECONDS, "read_timeout": _TIMEOUT_SECONDS},
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    return filesystem, f"{settings.host}{settings.path}", lambda: None


def _open_sftp(settings: LandingSettings) -> _Opened:
    from fsspec.asyn import sync
    from sshfs import SSHFileSystem

    known_hosts = settings.known_hosts_file or Path.home() / ".ssh" / "known_hosts"
    if not known_hosts.is_file():
        raise Misused(
            "an SFTP server is only spoken to when its key is known: put the line `ssh-keyscan` prints, once compared "
            "with its keeper's, into a file that REFORM_LANDING_KNOWN_HOSTS_FILE names"
        )
    login: dict[str, Any] = {"username": settings.user} if settings.user else {}
    login |= {"password": settings.password} if settings.password else {}
    login |= {"client_keys": [str(settings.key_file)]} if settings.key_file else {}
    filesystem = SSHFileSystem(
        settings.host,
        port=settings.port or 22,
        known_hosts=str(known_hosts),
        connect_timeout=_TIMEOUT_SECONDS,
        login_timeout=_TIMEOUT_SECONDS,
        keepalive_interval=_TIMEOUT_SECONDS,
        skip_instance_cache=True,
        **login,
    )
    return filesystem, settings.path or "/", lambda: sync(filesystem.loop, filesystem._stack.aclose, timeout=5)


def _open_webdav(settings: LandingSettings) -> _Opened:
    import ssl

    from webdav4.fsspec import WebdavFileSystem

    from ingestion.landing.webdav import QuotingClient

    scheme = "https" if settings.scheme == "webdavs" else "http"
    port = f":{settings.port}" if settings.port else ""
    login = (settings.user, settings.password) if settings.user and settings.password else None
    trust = ssl.create_default_context(cafile=settings.ca_file)
    base = f"{scheme}://{settings.host}{port}{quote(settings.path)}/"
    client = QuotingClient(base, auth=login, timeout=_TIMEOUT_SECONDS, verify=trust)
    return WebdavFileSystem(base, client=client, skip_instance_cache=True), "", client.http.close


_OPEN: dict[str, Callable[[LandingSettings], _Opened]] = {
    "file": _open_file,
    "s3": _open_s3,
    "sftp": _open_sftp,
    "webdav": _open_webdav,
    "webdavs": _open_webdav,
}
