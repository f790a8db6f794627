"""Which releases there are, by their manifests, and which one readers see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from warehouse.errors import EnvironmentBroken
from warehouse.home import Home


def current_release(home: Home) -> Path | None:
    """The directory `current` points to, or None before the first release.

    Raises:
        EnvironmentBroken: `current` points to something that is not a release.
    """
    if not home.current.is_symlink():
        return None
    target = home.current.resolve()
    if read_manifest(target) is None:
        raise EnvironmentBroken(
            f"{home.current} points to {target}, which is not a whole release: `reform releases rollback ID` "
            "points it to another one"
        )
    return target


def list_releases(home: Home) -> list[dict[str, Any]]:
    """The manifests of all releases, oldest first; a directory without a readable one is no release."""
    manifests = [read_manifest(path) for path in sorted(home.releases.glob("[0-9]*"))]
    return [manifest for manifest in manifests if manifest is not None]


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of the release in `folder`; None where there is no readable one, so no whole release."""
    try:
        parsed: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return parsed
