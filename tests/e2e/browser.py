"""A real headless Chromium, driven over its DevTools protocol: what a page shows, and everything it complains of."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
    # Nothing but this machine can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)
_SECONDS = 60


def chromium() -> str:
    """Where the browser is; without one the test skips, and with CI set it fails."""
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing, and with CI set nothing skips")
        pytest.skip("chromium is not installed; `make test` installs it where it may (root and apt-get)")
    return found


@dataclass
class Browser:
    """One tab. `complaints` is what the console, the policy and the network said since the last `open`."""

    socket: ClientConnection
    complaints: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def open(self, address: str) -> None:
        """Open the page and wait until it is loaded."""
        self.complaints.clear()
        self.call("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page; one that throws is a failure of the test."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until the expression is true."""
        deadline = time.monotonic() + _SECONDS
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"never true: {expression}; the page said {self.complaints}"
            time.sleep(0.05)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its answer; what happens meanwhile is noted."""
        number = next(self._numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=_SECONDS))
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return dict(message["result"])
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message.get("method"):
            case "Log.entryAdded":
                entry = parameters["entry"]
                self.complaints.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")
            case "Runtime.exceptionThrown":
                self.complaints.append(f"thrown: {parameters['exceptionDetails']}")
            case "Runtime.consoleAPICalled" if parameters["type"] in {"error", "warning", "assert"}:
                self.complaints.append(f"{parameters['type']}: {parameters['args']}")
            case "Network.loadingFailed" if not parameters.get("canceled"):
                self.complaints.append(f"not loaded: {parameters}")


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser of its own with one tab; it is gone afterwards."""
    process = subprocess.Popen(
        [chromium(), *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with connect(_address(profile), max_size=None, open_timeout=_SECONDS) as socket:
            tab = Browser(socket)
            for domain in ("Page", "Runtime", "Log", "Network"):
                tab.call(f"{domain}.enable")
            yield tab
    finally:
        process.kill()
        process.wait()


def _address(profile: Path) -> str:
    """Where the tab listens: the browser writes its port into the profile, its tabs are listed there."""
    import httpx

    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            port = int((profile / "DevToolsActivePort").read_text("utf-8").splitlines()[0])
            tabs = httpx.get(f"http://127.0.0.1:{port}/json/list", timeout=5).json()
            return next(str(tab["webSocketDebuggerUrl"]) for tab in tabs if tab["type"] == "page")
        except (OSError, ValueError, IndexError, StopIteration, httpx.HTTPError):
            time.sleep(0.05)
    pytest.fail("chromium did not start")
