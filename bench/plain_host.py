"""The name of the container a plain process stands for: what Airflow notes as the place a task ran on."""

from __future__ import annotations

import os


def host_name() -> str:
    """`HOSTNAME`, as a container engine sets it."""
    return os.environ["HOSTNAME"]
