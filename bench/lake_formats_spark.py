"""Spark reading the lake's files with the lake's schema; runs in an environment of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(request: Path) -> None:
    """Read the files, count, and print what was found."""
    from pyspark.sql import SparkSession

    asked = json.loads(request.read_text("utf-8"))
    started = time.monotonic()
    session = (
        SparkSession.builder.master("local[1]").appName("lake")
        .config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.memory", "1g").getOrCreate()
    )  # fmt: skip
    session.sparkContext.setLogLevel("ERROR")
    begun = time.monotonic()
    rows = session.read.schema(asked["schema"]).parquet(*asked["files"])
    row = rows.selectExpr("count(*)", "sum(rating)", "count(unit_on_present_map)", "max(returned_at)").first()
    print(
        json.dumps(
            {"answer": [str(value) for value in row], "start_s": round(begun - started, 1),
             "read_s": round(time.monotonic() - begun, 1), "files": len(asked["files"])}
        )
    )  # fmt: skip
    session.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
