"""Real places files are fetched from, each on the loopback: a folder, S3, SFTP, WebDAV; and how to put files there."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

USER = "nguoi_gui"


@dataclass(frozen=True)
class Place:
    """A place: what the environment says of it, and how a sender puts a file (path, bytes) there or lists what lies."""

    environment: dict[str, str]
    put: Callable[[str, bytes], None]
    lying: Callable[[], dict[str, bytes]]
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))


def folder_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def put_file(folder: Path, path: str, content: bytes) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


@contextmanager
def local_folder(folder: Path) -> Iterator[Place]:
    yield Place(
        {"REFORM_LANDING_URL": folder.as_uri()},
        lambda path, content: put_file(folder, path, content),
        lambda: folder_files(folder),
    )


@contextmanager
def s3_server(folder: Path) -> Iterator[Place]:
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        # What the server holds is one for the whole process.
        bucket = f"gui-so-lieu-{secrets.token_hex(4)}"
        password = secrets.token_urlsafe(12)
        endpoint = f"http://{host}:{port}"
        client = boto3.client(
            "s3", endpoint_url=endpoint, aws_access_key_id=USER, aws_secret_access_key=password,
            region_name="ap-southeast-1",
        )  # fmt: skip
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"})

        def lying() -> dict[str, bytes]:
            keys = [item["Key"] for item in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
            objects = {key: client.get_object(Bucket=bucket, Key=key) for key in keys}
            return {key.removeprefix("so lieu/"): found["Body"].read() for key, found in objects.items()}

        environment = {
            "REFORM_LANDING_URL": f"s3://{bucket}/so%20lieu",
            "REFORM_LANDING_S3_ENDPOINT": endpoint,
            "REFORM_LANDING_USER": USER,
            "REFORM_LANDING_PASSWORD_FILE": _secret(folder, password),
        }
        yield Place(
            environment,
            lambda path, content: client.put_object(Bucket=bucket, Key=f"so lieu/{path}", Body=content) and None,
            lying,
            password,
        )
    finally:
        server.stop()


@contextmanager
def sftp_server(folder: Path) -> Iterator[Place]:
    """An SSH server in a thread with an event loop of its own; it hands out the folder read-only."""
    import asyncssh

    root = folder / "root"
    root.mkdir()
    password = secrets.token_urlsafe(12)
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Login(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, given: str) -> bool:
            return (username, given) == (USER, password)

    loop = asyncio.new_event_loop()
    ready: list[Any] = []

    async def serve() -> None:
        ready.append(
            await asyncssh.create_server(
                Login, "127.0.0.1", 0, server_host_keys=[key],
                sftp_factory=lambda connection: asyncssh.SFTPServer(connection, chroot=os.fsencode(root)),
            )
        )  # fmt: skip

    loop.run_until_complete(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        port = ready[0].get_port()
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(f"[127.0.0.1]:{port} {key.export_public_key().decode()}")
        environment = {
            "REFORM_LANDING_URL": f"sftp://{USER}@127.0.0.1:{port}/",
            "REFORM_LANDING_KNOWN_HOSTS_FILE": str(known_hosts),
            "REFORM_LANDING_PASSWORD_FILE": _secret(folder, password),
        }
        yield Place(
            environment, lambda path, content: put_file(root, path, content), lambda: folder_files(root), password
        )
    finally:
        loop.call_soon_threadsafe(ready[0].close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@contextmanager
def webdav_server(folder: Path) -> Iterator[Place]:
    from cheroot.wsgi import Server
    from wsgidav.wsgidav_app import WsgiDAVApp

    root = folder / "root"
    root.mkdir()
    password = secrets.token_urlsafe(12)
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/dav": {"root": str(root), "readonly": True}},
            "http_authenticator": {"domain_controller": None, "accept_basic": True, "accept_digest": False},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": password}}}},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    server = Server(("127.0.0.1", _free_port()), app)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        environment = {
            "REFORM_LANDING_URL": f"webdav://127.0.0.1:{server.bind_addr[1]}/dav",
            "REFORM_LANDING_USER": USER,
            "REFORM_LANDING_PASSWORD_FILE": _secret(folder, password),
        }
        yield Place(
            environment, lambda path, content: put_file(root, path, content), lambda: folder_files(root), password
        )
    finally:
        server.stop()
        thread.join(10)


PLACES = {"folder": local_folder, "s3": s3_server, "sftp": sftp_server, "webdav": webdav_server}


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def apply(place: Place, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    """Set the place's environment, quick for tests."""
    settings = {**place.environment, "REFORM_LANDING_SETTLE_SECONDS": "0.2", **more}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def _secret(folder: Path, password: str) -> str:
    path = folder / "password"
    path.write_text(password)
    return str(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
