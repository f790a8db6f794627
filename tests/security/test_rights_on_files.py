"""The rights of docs/security/set_rights.py, tried as users of those groups, whom the system itself holds to them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.home import PROJECT_ROOT, Home

sys.path.insert(0, str(PROJECT_ROOT / "docs" / "security"))
from set_rights import set_rights

#: Numbers no user and no group of a machine has; the system asks for no name.
OWNER, READER, SENDER, OTHER_SENDER, STRANGER = 0, 64_101, 64_102, 64_103, 64_104
READERS, SENDERS = 64_201, 64_202


@pytest.fixture(scope="module")
def installed() -> Iterator[Home]:
    if os.geteuid() != 0:
        if os.environ.get("CI"):
            pytest.fail("only root may give files away, and with CI set nothing skips")
        pytest.skip("only root may give files away")
    with tempfile.TemporaryDirectory(prefix="reform-rights-") as folder:
        Path(folder).chmod(0o711)
        home = Home(Path(folder) / "home")
        home.make()
        for path in ("releases/r1/warehouse.duckdb", "archive/ab/content", "secrets/key", "landing/pci/of_owner.xlsx"):
            (home.root / path).parent.mkdir(parents=True, exist_ok=True)
            (home.root / path).write_text("content")
        home.current.symlink_to("releases/r1")
        set_rights(home.root, OWNER, READERS, SENDERS)
        yield home


def may(home: Home, user: int, groups: list[int], code: str) -> bool:
    """Whether `code` runs through as that user, in the home."""
    done = subprocess.run(
        ["/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable, "-c", code],
        cwd=home.root, user=user, group=user, extra_groups=groups, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 or "PermissionError" in done.stderr, done.stderr
    return done.returncode == 0


READ = "open('{}').read()"
WRITE = "open('{}', 'w').write('x')"


@pytest.mark.parametrize(
    ("code", "reader", "sender", "stranger"),
    [
        (READ.format("current/warehouse.duckdb"), True, True, False),
        (WRITE.format("current/warehouse.duckdb"), False, False, False),
        (WRITE.format("releases/r2"), False, False, False),
        (READ.format("archive/ab/content"), False, False, False),
        (READ.format("secrets/key"), False, False, False),
        ("import os; os.listdir('build')", False, False, False),
        ("import os; os.listdir('.')", False, False, False),
        (WRITE.format("landing/pci/sent.xlsx"), False, True, False),
        ("import os; os.remove('landing/pci/of_owner.xlsx')", False, False, False),
        ("import os; os.remove('current')", False, False, False),
    ],
)
def test_a_role_may_do_with_files_what_the_threat_model_says(
    installed: Home, code: str, reader: bool, sender: bool, stranger: bool
) -> None:
    found = (
        may(installed, READER, [READERS], code),
        may(installed, SENDER, [READERS, SENDERS], code),
        may(installed, STRANGER, [], code),
    )
    assert found == (reader, sender, stranger)


def test_a_sender_takes_away_only_what_they_sent(installed: Home) -> None:
    assert may(installed, SENDER, [SENDERS], WRITE.format("landing/pci/mine.xlsx"))
    assert not may(installed, OTHER_SENDER, [SENDERS], "import os; os.remove('landing/pci/mine.xlsx')")
    assert may(installed, SENDER, [SENDERS], "import os; os.remove('landing/pci/mine.xlsx')")
