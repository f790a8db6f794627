"""What compose files say, as far as ours say it: services with their commands, environments, secrets and checks.

The Compose specification is large; this reads the part our files use, and refuses whatever it does not know, so that
the processes started from a file can never quietly differ from the containers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

#: What only a container engine can do; plain processes go without.
CONTAINER_ONLY = {
    "build", "cap_add", "cap_drop", "env_file", "init", "logging", "networks", "pids_limit", "read_only", "restart",
    "security_opt", "shm_size", "stop_grace_period", "tmpfs", "user",
}  # fmt: skip
_KNOWN = CONTAINER_ONLY | {
    "command", "depends_on", "deploy", "environment", "expose", "extends", "healthcheck", "image", "ports", "profiles",
    "secrets", "volumes",
}  # fmt: skip
_LISTS_THAT_ADD_UP = {"cap_add", "cap_drop", "expose", "ports", "secrets", "security_opt", "volumes"}
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")


@dataclass(frozen=True)
class Service:
    """One service of the merged files; `checks` and `command` are argument lists."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: tuple[str, ...]
    volumes: tuple[str, ...]
    ports: tuple[str, ...]
    check: tuple[str, ...]
    depends_on: Mapping[str, str]
    replicas: int
    profiles: tuple[str, ...]


def read_services(files: list[Path], variables: Mapping[str, str] | None = None) -> dict[str, Service]:
    """The services of `files`, the later ones over the earlier, in the order of their names.

    Raises:
        ValueError: a file says something this does not know.
    """
    known = os.environ if variables is None else variables
    merged: dict[str, Any] = {}
    for file in files:
        for name, said in _services_of(file).items():
            base = _services_of(file.parent / said["extends"]["file"])[said["extends"]["service"]] if (
                "extends" in said
            ) else {}  # fmt: skip
            merged[name] = _merge(_merge(merged.get(name, {}), base), said)
    return {name: _service(name, _interpolated(said, known)) for name, said in sorted(merged.items())}


def _services_of(file: Path) -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))["services"]
    for name, said in services.items():
        unknown = sorted(said.keys() - _KNOWN)
        if unknown:
            raise ValueError(f"{file.name}, service {name}: {', '.join(unknown)} is not known here")
    return services


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """As Compose merges: mappings by key, lists of things one may have several of joined, the rest replaced."""
    merged = dict(under)
    for key, value in over.items():
        below = under.get(key)
        if key in _LISTS_THAT_ADD_UP and below is not None:
            merged[key] = [*below, *(item for item in value if item not in below)]
        elif isinstance(value, dict) and isinstance(below, dict):
            merged[key] = _merge(below, value)
        else:
            merged[key] = value
    return merged


def _interpolated(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _interpolated(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_interpolated(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(
        lambda found: "$" if found["name"] is None else variables.get(found["name"]) or found["default"] or "", value
    )


def _service(name: str, said: dict[str, Any]) -> Service:
    check = said.get("healthcheck", {}).get("test", [])
    kind, *words = check or ["NONE"]
    if kind not in {"CMD", "CMD-SHELL", "NONE"}:
        raise ValueError(f"service {name}: a health check of the kind {kind} is not known here")
    return Service(
        name=name,
        image=said["image"],
        command=tuple(said.get("command", ())),
        environment={key: str(value) for key, value in said.get("environment", {}).items()},
        secrets=tuple(said.get("secrets", ())),
        volumes=tuple(said.get("volumes", ())),
        ports=tuple(str(port).rsplit(":", 1)[-1] for port in [*said.get("expose", ()), *said.get("ports", ())]),
        check=("sh", "-c", *words) if kind == "CMD-SHELL" else tuple(words),
        depends_on={on: how["condition"] for on, how in said.get("depends_on", {}).items()},
        replicas=said.get("deploy", {}).get("replicas", 1),
        profiles=tuple(said.get("profiles", ())),
    )
