"""What goes wrong with the machine, in the words of somebody who can mend it: disk full, read-only, a damaged file.

The system's own message names neither the disk nor what to do, and comes up anywhere: in a parser, a model of dbt, a
commit. Whatever it interrupted can be run again.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.connection import Damaged, is_damage, reader
from warehouse.errors import EnvironmentBroken, ReformError
from warehouse.home import Home
from warehouse.release_tables import name

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_WRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM}
#: The same as libraries say it that have no error number: the C library's words, and SQLite's own.
_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "File too large", "database or disk is full")
_NOT_WRITABLE_WORDS = ("Read-only file system", "readonly database", "Permission denied")


def is_machines_fault(error: BaseException | str) -> bool:
    """Whether `error` (or a message of one) is about the disk and not about what was read or written."""
    return _kind(error) is not None


def in_words_of_machine(home: Home, error: BaseException | str) -> str | None:
    """What `error` means and what to do about it; None when it is no fault of the machine."""
    kind, reason = _kind(error), " ".join(_reason(error).split())[:300]
    if kind == "full":
        return (
            f"the disk of {home.root} is full: {_megabytes(_free(home))} MB are free, and a run takes up to "
            f"{_megabytes(needed_bytes(home))} MB beside what is there. `current` is what it was and nothing received "
            "is lost. Free space (`reform releases prune`), or move REFORM_HOME to a larger disk, and run this again. "
            f"({reason})"
        )
    if kind == "not_writable" and _is_inside(home, error):
        return (
            f"a part of {home.root} cannot be written. `current` is what it was and nothing received is lost. Make it "
            f"writable for the user this runs as (mount it for writing, or chown), and run this again. ({reason})"
        )
    return None


def needed_bytes(home: Home) -> int:
    """What a run may take of the disk before it ends: the build and the largest release once more."""
    releases = [folder for folder in home.releases.glob("[0-9]*") if folder.is_dir()]
    sizes = [sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) for folder in releases]
    build = home.build_database.stat().st_size if home.build_database.exists() else 0
    return build + max(sizes, default=0)


@contextmanager
def told_in_words(home: Home) -> Iterator[None]:
    """Raise in words what the machine did to the block; a damaged build database is set aside.

    Raises:
        EnvironmentBroken: the disk is full or not writable, or the build database was damaged.
    """
    try:
        yield
    except Damaged as error:
        raise EnvironmentBroken(_set_aside_in_words(home, error) or str(error)) from error
    except ReformError:
        raise
    except (OSError, duckdb.Error) as error:
        words = in_words_of_machine(home, error)
        if words is None and isinstance(error, duckdb.Error) and is_damage(error):
            words = _set_aside_in_words(home, error)
        if words is None:
            raise
        raise EnvironmentBroken(words) from error


def set_aside_if_it_does_not_open(home: Home) -> str | None:
    """Begin without a build database that is damaged at its head: what was done, in words; None when it opens.

    Damage further inside shows when it is read, and is set aside then.
    """
    if not home.build_database.exists():
        return None
    try:
        with reader(home.build_database):
            return None
    except Damaged as error:
        return _moved(home, error)


def _set_aside_in_words(home: Home, error: BaseException) -> str | None:
    if not _is_damaged(home.build_database):
        return None
    return f"{_moved(home, error)}: run this again, and the archive is read into a new one"


def _moved(home: Home, error: BaseException) -> str:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = home.build_database.with_name(f"{home.build_database.name}.corrupt-{stamp}")
    for left in (home.build_state, home.build / "mart_checks.json"):
        left.unlink(missing_ok=True)
    log = home.build_database.with_name(f"{home.build_database.name}.wal")
    if log.exists():
        log.replace(aside.with_name(f"{aside.name}.wal"))
    home.build_database.replace(aside)
    text = str(error.__cause__ or error)
    reason = " ".join((text.partition("is damaged: ")[2] or text).split())[:200]
    return f"the build database was damaged ({reason}) and is set aside as {aside}; nothing is lost"


def _is_damaged(database: Path) -> bool:
    """Whether some block of `database` cannot be read."""
    try:
        with reader(database) as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            for schema, table in tables:
                connection.execute(f"select bit_xor(hash(t)) from {name(schema)}.{name(table)} as t").fetchall()
    except Damaged:
        return True
    except duckdb.Error as error:
        return is_damage(error)
    except EnvironmentBroken:
        return False
    return False


def _kind(error: BaseException | str) -> str | None:
    number = error.errno if isinstance(error, OSError) else None
    text = str(error)
    if number in _FULL or any(words in text for words in _FULL_WORDS):
        return "full"
    if number in _NOT_WRITABLE or any(words in text for words in _NOT_WRITABLE_WORDS):
        return "not_writable"
    return None


def _reason(error: BaseException | str) -> str:
    """The system's words; of the many a copied folder has, one for each file, the first."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        return str(error.args[0][0][2])
    return str(error)


def _is_inside(home: Home, error: BaseException | str) -> bool:
    """Whether the file an error names is the home's; one that names none happened at work in it."""
    path = error.filename if isinstance(error, OSError) else None
    return not isinstance(path, str) or Path(path).is_relative_to(home.root)


def _free(home: Home) -> int:
    return shutil.disk_usage(next(parent for parent in (home.root, *home.root.parents) if parent.exists())).free


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}"
