"""Whether a Celery worker answers a ping through the broker: `worker_health.py NODE FILE_WITH_BROKER_URL`."""

from __future__ import annotations

import sys
from pathlib import Path

from celery import Celery


def main(node: str, url_file: str) -> int:
    """Ping the one node; 0 when it answers."""
    with Celery(broker=Path(url_file).read_text("utf-8").strip()) as app:
        answers = app.control.ping(destination=[node], timeout=8, limit=1)
    if not answers:
        print(f"{node} does not answer")
    return 0 if answers else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
