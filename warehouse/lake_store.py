"""Where a table of the lake lies: a folder of the home, or an address of object storage (`REFORM_LAKE_URL`).

Both promise the same: a file is there whole or not at all, and of two writers that create one name only one succeeds.
Credentials are found where S3 clients look for them (`AWS_ACCESS_KEY_ID`, a profile, the machine's role), never in the
address.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import duckdb

from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home

VARIABLE = "REFORM_LAKE_URL"


@dataclass(frozen=True)
class Stored:
    """A file that lies there: its path below the root, its bytes, when it was written."""

    path: str
    bytes: int
    written_at: datetime


class Store(Protocol):
    """What a lake needs of the place it lies in."""

    @property
    def place(self) -> str:
        """The root, as it may be shown: it holds no secret."""

    def address(self, path: str) -> str:
        """How engines ask for `path`."""

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let `connection` read addresses of this store."""

    def names(self, folder: str) -> list[str]:
        """The names of the files directly in `folder`, in order."""

    def read(self, path: str) -> bytes:
        """The bytes of `path`."""

    def create(self, path: str, content: bytes) -> None:
        """Write the new file `path`, durably and at once.

        Raises:
            FileExistsError: it is there already.
        """

    def put(self, new: Path, path: str) -> None:
        """Move the local file `new` to `path`, durably and at once."""

    def files(self) -> Iterator[Stored]:
        """Every file below the root."""

    def remove(self, path: str) -> None:
        """Remove `path`, if it is there."""


class LocalStore:
    """A folder. Files are made durable, then renamed into place."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.root)

    def address(self, path: str) -> str:
        """The absolute path."""
        return str(self.root / path)

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Engines read folders as they are."""

    def names(self, folder: str) -> list[str]:
        """See `Store`; hidden files are unfinished ones."""
        place = self.root / folder
        return sorted(item.name for item in place.iterdir() if item.name[0] != ".") if place.is_dir() else []

    def read(self, path: str) -> bytes:
        """See `Store`."""
        return (self.root / path).read_bytes()

    def create(self, path: str, content: bytes) -> None:
        """See `Store`: of the writers of one machine only the holder of the lake's lock comes here."""
        target = self.root / path
        if target.exists():
            raise FileExistsError(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(".partial")
        with partial.open("wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        partial.replace(target)
        _sync_folder(target.parent)

    def put(self, new: Path, path: str) -> None:
        """See `Store`."""
        replace_file(new, self.root / path)

    def files(self) -> Iterator[Stored]:
        """See `Store`."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file():
                status = path.stat()
                written = datetime.fromtimestamp(status.st_mtime, UTC)
                yield Stored(path.relative_to(self.root).as_posix(), status.st_size, written)

    def remove(self, path: str) -> None:
        """See `Store`; folders that become empty go too."""
        target = self.root / path
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self.root:
                return
            try:
                folder.rmdir()
            except OSError:
                return


class ObjectStore:
    """A prefix of a bucket, through fsspec. One object appears at once; a new one is created only where none is."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self._filesystem = filesystem
        self._root = root

    @property
    def place(self) -> str:
        """Bucket and prefix."""
        return f"s3://{self._root}"

    def address(self, path: str) -> str:
        """The address with its scheme."""
        return f"s3://{self._root}/{path}"

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """See `Store`: DuckDB reads through fsspec, without an extension."""
        connection.register_filesystem(self._filesystem)

    def names(self, folder: str) -> list[str]:
        """See `Store`."""
        with self._in_words():
            with _nothing_there():
                found = self._filesystem.ls(f"{self._root}/{folder}", detail=True, refresh=True)
                return sorted(item["name"].rpartition("/")[2] for item in found if item["type"] == "file")
            # An empty prefix is an empty lake; a bucket that is not there is a mistake.
            self._filesystem.ls(self._root.partition("/")[0], refresh=True)
        return []

    def read(self, path: str) -> bytes:
        """See `Store`."""
        with self._in_words():
            return bytes(self._filesystem.cat_file(f"{self._root}/{path}"))

    def create(self, path: str, content: bytes) -> None:
        """See `Store`: the server itself refuses a second one (If-None-Match)."""
        with self._in_words():
            self._filesystem.pipe_file(f"{self._root}/{path}", content, mode="create")

    def put(self, new: Path, path: str) -> None:
        """See `Store`."""
        with self._in_words():
            self._filesystem.put_file(str(new), f"{self._root}/{path}")
        new.unlink()

    def files(self) -> Iterator[Stored]:
        """See `Store`."""
        with self._in_words(), _nothing_there():
            for path, entry in sorted(self._filesystem.find(self._root, detail=True, refresh=True).items()):
                yield Stored(path.removeprefix(f"{self._root}/"), entry["size"], entry["LastModified"])

    def remove(self, path: str) -> None:
        """See `Store`."""
        with self._in_words(), _nothing_there():
            self._filesystem.rm_file(f"{self._root}/{path}")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except FileExistsError:
            raise
        except Exception as error:
            # Not the library's words: they may repeat a signed address.
            raise EnvironmentBroken(
                f"the lake at {self.place} could not be reached or read ({type(error).__name__}): see that the bucket "
                "is there and that the credentials in the environment may read and write it"
            ) from None


def store_of(home: Home, table: str) -> Store:
    """Where `table` lies, by `REFORM_LAKE_URL` (`s3://bucket/prefix`); not set: `lake/<table>` of the home.

    Raises:
        Misused: the address is none, or holds what must not stand in one.
    """
    address = os.environ.get(VARIABLE, "").strip()
    if not address:
        return LocalStore(home.lake / table)
    parts = urlsplit(address)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Misused(f"{VARIABLE} must hold no credentials and no query: S3 clients find them in the environment")
    if parts.scheme != "s3" or not parts.hostname or ".." in unquote(parts.path).split("/"):
        raise Misused(f"{VARIABLE} has the form s3://bucket/prefix")
    _check_endpoint()
    from s3fs import S3FileSystem

    filesystem = S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
    return ObjectStore(filesystem, "/".join(filter(None, [parts.netloc, unquote(parts.path).strip("/"), table])))


def _check_endpoint() -> None:
    """Dossiers do not travel in the clear."""
    for variable in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL"):
        endpoint = urlsplit(os.environ.get(variable, ""))
        host = endpoint.hostname or ""
        try:
            is_here = host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            is_here = False
        if endpoint.scheme not in {"", "https"} and not is_here:
            raise Misused(f"{variable} must begin with https://")


@contextmanager
def _nothing_there() -> Iterator[None]:
    """A prefix nobody wrote to is an empty folder."""
    try:
        yield
    except FileNotFoundError:
        return


def replace_file(new: Path, target: Path) -> None:
    """Put `new` in the place of `target`, durably and at once."""
    with new.open("rb") as reading:
        os.fsync(reading.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    new.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
