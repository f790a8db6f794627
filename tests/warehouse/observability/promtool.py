"""Prometheus' own checker, from the distribution's package."""

from __future__ import annotations

import os
import shutil

import pytest


def promtool() -> str:
    """Its path; the test skips without it, and fails under CI."""
    found = shutil.which("promtool")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("the Debian package prometheus is not installed, and with CI set nothing skips")
        pytest.skip("the Debian package prometheus is not installed: tests/system_packages.py does it as root")
    return found
