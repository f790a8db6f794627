"""Whether a service answers: `healthcheck.py URL [COMPONENT]`; 0 when it does, 1 and a line when not.

With a component, the answer is that of Airflow's `/api/v2/monitor/health`, and that part of it has to be healthy: the
scheduler, the DAG processor and the triggerer listen on no port; what they say of themselves stands in the metadata.
`airflow jobs check` would ask the same, for four CPU seconds a time.
"""

from __future__ import annotations

import json
import sys
from urllib.request import urlopen


def main(url: str, component: str | None = None) -> int:
    """Ask `url`, print what is wrong, return the exit code."""
    try:
        with urlopen(url, timeout=8) as answer:  # noqa: S310, the address is written in the compose file
            content = answer.read()
    except OSError as error:
        print(f"{url}: {error}")
        return 1
    if component is None:
        return 0
    state = (json.loads(content).get(component) or {}).get("status")
    if state != "healthy":
        print(f"{component}: {state}")
    return 0 if state == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
