"""Reads one export in a process of its own: a job as JSON on standard input, the answer as JSON on standard output.

.sav and .dta are parsed by C and Rust code that follows what the file says. Limits of time, memory and disk end this
process, and the parent says so in a refusal.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

STATISTICS = ("sav", "zsav", "por", "dta")


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    from ingestion.survey.export import shape_from_dict, shape_to_dict
    from ingestion.survey.readers_statistics import statistics_shape, write_statistics_data
    from ingestion.survey.readers_tables import table_shape, write_table_data

    work, kind, file_name = Path(job["work"]), job["format"], job["file_name"]
    path = work / f"export.{kind}"  # polars-readstat goes by the suffix, which a file in the archive has not
    path.symlink_to(job["path"])
    if job["task"] == "shape":
        is_statistics = kind in STATISTICS
        shape = statistics_shape(path, kind, file_name) if is_statistics else table_shape(path, kind, file_name, work)
        return {"shape": shape_to_dict(shape)}
    shape = shape_from_dict(job["shape"])
    if kind in STATISTICS:
        write_statistics_data(path, shape, job["columns"], work)
    else:
        write_table_data(path, shape, job["columns"], work, file_name, work)
    return {"written": True}


def main() -> None:
    """Answer `{"shape": …}`, `{"written": true}`, `{"refusals": […]}` or `{"error": reason}`."""
    job = json.loads(sys.stdin.read())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_seconds"], job["cpu_seconds"] + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["max_written"], job["max_written"]))
    # Libraries print what they think of a file; only the answer may reach standard output.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from warehouse.errors import Refused

    answer: dict[str, Any]
    try:
        answer = _answer(job)
    except (KeyboardInterrupt, SystemExit):
        raise
    except Refused as error:
        answer = {"refusals": [asdict(refusal) for refusal in error.refusals]}
    except BaseException as error:  # a panic inside a library is a BaseException
        answer = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]}
    json.dump(answer, out)
    out.flush()


if __name__ == "__main__":
    main()
