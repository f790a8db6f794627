"""The docs of the current release over HTTP on this machine, under the policy a deployment's web server sends too."""

from __future__ import annotations

import functools
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from warehouse.home import Home
from warehouse.page_policy import HEADERS

#: What pages link to beside the docs; nothing else of a release is served.
_OF_THE_RELEASE = ("manifest.json", "semantic_manifest.json", "datapackage.json", "keys.json")


def docs_server(home: Home, port: int) -> ThreadingHTTPServer:
    """A server on 127.0.0.1, not yet started. Every request is answered from what `current` is then.

    Raises:
        OSError: the port is taken.
    """
    handler = functools.partial(_Docs, directory=str(home.current / "docs"))
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


class _Docs(SimpleHTTPRequestHandler):
    server_version = "reform"
    sys_version = ""

    def translate_path(self, path: str) -> str:
        """The file asked for; one that a link leads out of the docs to is looked for nowhere."""
        docs = Path(self.directory).resolve()
        name = path.split("?", 1)[0].split("#", 1)[0].lstrip("/")
        if name in _OF_THE_RELEASE:
            return str(docs.parent / name)
        try:
            found = Path(super().translate_path(path)).resolve()
        except ValueError:  # a null byte
            found = docs.parent
        return str(found) if found == docs or docs in found.parents else str(docs / "nothing")

    def do_GET(self) -> None:
        """A browser asks for an icon nobody drew: that is no error."""
        if self.path == "/favicon.ico":
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()
        else:
            super().do_GET()

    def list_directory(self, path: str | object) -> None:
        """Folders are not listed."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """Every answer carries the policy, also one that says no."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads who opened which page."""
