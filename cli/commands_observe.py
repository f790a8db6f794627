"""`reform serve metrics` and `reform lineage`: an installation seen from outside."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home

if TYPE_CHECKING:
    from warehouse.observability.metrics import Surroundings


def serve_metrics(
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 9187,
    host: Annotated[str, typer.Option(help="The address to listen on; others than this machine's need care.")] = (
        "127.0.0.1"
    ),
    textfile: Annotated[
        Path | None,
        typer.Option(help="Write them once to this file (*.prom) for the node exporter instead, and end."),
    ] = None,
) -> None:
    """The metrics for Prometheus at http://127.0.0.1:9187/metrics, computed from what lies under REFORM_HOME."""
    from prometheus_client import start_http_server, write_to_textfile

    from warehouse.observability.metrics import registry_of

    home = Home.from_environment()
    registry = registry_of(home, surroundings_of(home))
    if textfile is not None:
        if textfile.suffix != ".prom" or not textfile.parent.is_dir():
            raise Misused(f"{textfile} is not NAME.prom in a folder that is there: the node exporter reads those")
        try:
            write_to_textfile(str(textfile), registry)
        except OSError as error:
            raise EnvironmentBroken(f"{textfile} could not be written: {error.strerror}") from None
        return
    stop = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stop.set())
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise Misused(f"{host} port {port} cannot be listened on ({error.strerror}): try another `--port`") from None
    typer.echo(f"metrics of {home.root}: http://{host}:{port}/metrics  (Ctrl-C stops)")
    stop.wait()
    server.shutdown()
    thread.join()


def surroundings_of(home: Home) -> Surroundings:
    """What the metrics say of documents that wait and of the running Airflow."""
    from cli.server import pool_slots
    from ingestion.archive import archived_files
    from ingestion.dossiers.steps import SOURCE as DOSSIERS
    from ingestion.landing.at_rest import is_document
    from ingestion.parse import PARSERS
    from ingestion.refusals import refused_documents
    from ingestion.survey.steps import SOURCE as SURVEY
    from ingestion.survey.steps import archived_exports
    from warehouse.observability.metrics import Surroundings

    sources = sorted({*PARSERS, DOSSIERS, SURVEY})

    def refused() -> Counter[str]:
        found = Counter(dict.fromkeys(sources, 0))
        found.update(entry["document"]["source"] for entry in refused_documents(home))
        return found

    def received() -> dict[str, float]:
        moments: dict[str, float] = {}
        for item in [*archived_files(home), *archived_exports(home)]:
            moment = datetime.fromisoformat(item.document.received_at).timestamp()
            moments[item.document.source] = max(moment, moments.get(item.document.source, 0.0))
        return moments

    return Surroundings(
        last_received=received,
        refused_documents=refused,
        landing_files=lambda: {
            source: sum(1 for path in (home.landing / source).rglob("*") if is_document(path)) for source in sources
        },
        writer_pool=lambda: pool_slots(home, "warehouse_writer"),
    )


def lineage(
    file: Annotated[Path | None, typer.Option(help="Write the events to this file, one JSON object a line.")] = None,
    url: Annotated[str | None, typer.Option(help="Post them to the service at this address.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")] = False,
) -> None:
    """Tell where the current release comes from, document by document and column by column (OpenLineage).

    Without an option, whoever the variables OPENLINEAGE_* name is told, as the DAGs do after each publication.
    """
    from cli.run_lock import one_run
    from warehouse.observability.lineage.tell import client_of, is_wanted, tell_lineage, write_lineage

    home = Home.from_environment()
    if file is not None and url is not None:
        raise Misused("give --file or --url, not both")
    if file is None and url is None and not is_wanted():
        raise Misused("nobody is named to be told: give --file or --url, or set OPENLINEAGE_URL (docs/ops.md)")
    with one_run(home):
        if file is not None:
            report = write_lineage(home, file)
        else:
            report = tell_lineage(home, client_of(url) if url is not None else None)
    if as_json:
        typer.echo(json.dumps(report.as_dict()))
        return
    share = report.columns_traced / report.columns if report.columns else 1.0
    typer.echo(
        f"release {report.release_id}: {report.events} events of {report.documents} documents and {report.models} "
        f"models; of {report.columns_traced} of {report.columns} columns ({share:.1%}) it is known which they come from"
    )
