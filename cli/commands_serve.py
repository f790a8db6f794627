"""`reform serve`: the current release for programs on the network."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import socket
import time
from typing import Annotated

import typer

from warehouse.errors import EnvironmentBroken, Misused
from warehouse.home import Home
from warehouse.release_list import current_release

serve_app = typer.Typer(no_args_is_help=True, help="The current release for programs: HTTP API, DuckDB's protocol.")


@serve_app.command("api")
def serve_api(
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8765,
    host: Annotated[str, typer.Option(help="The address to listen on; others than this machine's need care.")] = (
        "127.0.0.1"
    ),
    workers: Annotated[int, typer.Option(help="Processes; each keeps answers of its own.", min=1, max=64)] = 1,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the first release where there is none yet.")] = False,
) -> None:
    """The read-only HTTP API; follows `current` from release to release. Its description is at /openapi.json."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from warehouse.serving.settings import ServingSettings

    while wait and current_release(Home.from_environment()) is None:
        time.sleep(2)
    release = _release_to_serve()
    ServingSettings.from_environment()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = uvicorn.Config(
        "warehouse.serving.app:create_process_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    listening = _listen(host, port)
    typer.echo(f"serving {release} and what follows it: http://{host}:{port}/openapi.json  (Ctrl-C stops)")
    if not _is_local(host):
        typer.echo("other machines reach this, without encryption: put a reverse proxy with TLS in front", err=True)
    if workers > 1:
        Multiprocess(config, sockets=[listening]).run()
    else:
        uvicorn.Server(config).run(sockets=[listening])


@serve_app.command("duckdb")
def serve_duckdb(
    port: Annotated[int, typer.Option(help="The port to listen on, on localhost.", min=1, max=65535)] = 9494,
) -> None:
    """The release for DuckDB clients (`attach 'quack:localhost:PORT'`); the token may stand in REFORM_QUACK_TOKEN.

    It serves the release that is current when it starts, until it is stopped: start it again for a newer one.
    """
    from warehouse.serving.duckdb_server import quack_server

    release = _release_to_serve()
    database = Home.from_environment().releases / release / "warehouse.duckdb"
    with quack_server(database, port, os.environ.get("REFORM_QUACK_TOKEN")) as server:
        typer.echo(f"serving {release}: attach '{server.listen_uri}' as reform (token '{server.token}')")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _release_to_serve() -> str:
    home = Home.from_environment()
    folder = current_release(home)
    if folder is None:
        raise EnvironmentBroken(f"there is no release in {home.root} to serve: `reform run` makes the first")
    return folder.name


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Misused(
            f"{host} port {port} cannot be listened on ({error.strerror}): `--port N` takes another"
        ) from None


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
