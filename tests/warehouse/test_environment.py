"""A fault of the machine is said in words a person can act on, and a damaged build does not stop the next run."""

from __future__ import annotations

import errno
import os
import random
import re
import shutil

import duckdb
import pytest

from warehouse.connection import Damaged, reader, writer
from warehouse.environment import is_machines_fault, set_aside_if_it_does_not_open, told_in_words
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home


def write_build(home: Home) -> None:
    """A build database of some megabytes, in many blocks."""
    with writer(home) as connection:
        connection.execute("create table figures as select i, hash(i) as h, random() as r from range(400000) t(i)")
        connection.execute("checkpoint")
    home.build_state.write_text("{}", "utf-8")


def overwrite_middle(home: Home) -> None:
    size = home.build_database.stat().st_size
    with home.build_database.open("r+b") as file:
        file.seek(size // 4)
        file.write(random.Random(1).randbytes(size // 2))


def test_a_full_disk_is_named_with_what_is_needed(home: Home) -> None:
    said = rf"the disk of {home.root} is full: .* MB are free, .* takes up to"
    with pytest.raises(EnvironmentBroken, match=said), told_in_words(home):
        raise OSError(errno.ENOSPC, "No space left on device", str(home.build / "x"))


def test_a_full_disk_is_known_by_words_where_a_library_gives_no_number(home: Home) -> None:
    with pytest.raises(EnvironmentBroken, match="is full"), told_in_words(home):
        raise duckdb.IOException('Could not write file "x": No space left on device')


def test_a_folder_that_could_not_be_copied_is_said_once_and_not_file_by_file(home: Home) -> None:
    why = "[Errno 28] No space left on device: 'a' -> 'b'"
    failed = shutil.Error([("a", "b", why), ("c", "d", why.replace("a", "c").replace("b", "d"))])
    with pytest.raises(EnvironmentBroken, match=f"{re.escape(f'({why})')}$"), told_in_words(home):
        raise failed


def test_a_part_that_cannot_be_written_is_named(home: Home) -> None:
    with pytest.raises(EnvironmentBroken, match=r"cannot be written.*lake/\.lock"), told_in_words(home):
        raise OSError(errno.EROFS, "Read-only file system", str(home.lake / ".lock"))


def test_a_file_elsewhere_that_may_not_be_read_is_no_fault_of_the_home(home: Home) -> None:
    with pytest.raises(PermissionError), told_in_words(home):
        raise PermissionError(errno.EACCES, "Permission denied", "/elsewhere/a.xlsx")


def test_a_file_that_cannot_be_read_as_a_table_is_no_fault_of_the_machine() -> None:
    assert not is_machines_fault(ValueError("row 7 has two columns"))


def test_a_build_damaged_inside_is_set_aside_when_it_is_read(home: Home) -> None:
    write_build(home)
    overwrite_middle(home)
    said = r"set aside as .*warehouse\.duckdb\.corrupt-"
    with (
        pytest.raises(EnvironmentBroken, match=said),
        told_in_words(home),
        reader(home.build_database) as connection,
    ):
        connection.execute("select sum(r), bit_xor(h) from figures").fetchall()
    assert not home.build_database.exists()
    assert not home.build_state.exists()
    assert len(list(home.build.glob("warehouse.duckdb.corrupt-*"))) == 1


def test_a_run_begins_without_a_build_that_does_not_open(home: Home) -> None:
    write_build(home)
    os.truncate(home.build_database, home.build_database.stat().st_size // 2)
    said = set_aside_if_it_does_not_open(home)
    assert said is not None
    assert "was damaged" in said
    assert not home.build_database.exists()


def test_a_whole_build_stays_whatever_an_error_says(home: Home) -> None:
    write_build(home)
    with pytest.raises(duckdb.IOException), told_in_words(home):
        raise duckdb.IOException("Corrupt database file: computed checksum 1 does not match")
    assert home.build_database.exists()


def test_a_damaged_file_is_not_called_a_locked_one(home: Home) -> None:
    write_build(home)
    with home.build_database.open("r+b") as file:
        file.write(random.Random(1).randbytes(20_000))
    with pytest.raises(Damaged, match="is damaged"), reader(home.build_database):
        pass


def test_what_was_noted_of_a_database_that_is_gone_is_not_said_of_the_next(home: Home) -> None:
    write_build(home)
    home.build_database.unlink()
    with writer(home):
        pass
    assert not home.build_state.exists()
