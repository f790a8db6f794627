"""The pages of a release: no inline part is left in a page of a library, and nothing but the docs is served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from warehouse.dbt_page import write_dbt_page
from warehouse.docs_server import docs_server
from warehouse.errors import EnvironmentBroken
from warehouse.home import PROJECT_ROOT, Home
from warehouse.page_policy import CONTENT_SECURITY_POLICY, HEADERS, without_inline

_PAGE = (
    "<html><head><style>p{color:red}</style></head><body><p style=\"margin:&quot;1&quot;\">a</p>"
    '<label onclick="show()">b</label><script>function show() {}</script><style></style></body></html>'
)


@pytest.fixture
def asked(home: Home) -> Iterator[HTTPConnection]:
    docs = home.releases / "r1" / "docs"
    (docs / "validation").mkdir(parents=True)
    (docs / "index.html").write_text("the front page")
    (docs.parent / "manifest.json").write_text("{}")
    (docs.parent / "warehouse.duckdb").write_text("figures")
    (docs / "out.html").symlink_to(docs.parent / "warehouse.duckdb")
    home.current.symlink_to("releases/r1")
    with docs_server(home, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        server.shutdown()


def test_the_policy_allows_nothing_unsafe() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; ")


def test_the_how_to_names_the_policy_that_is_sent() -> None:
    assert f'"{CONTENT_SECURITY_POLICY}"' in (PROJECT_ROOT / "docs" / "security" / "roles.md").read_text("utf-8")


def test_inline_parts_of_a_page_become_files() -> None:
    page, files = without_inline(_PAGE, "static")
    assert "<style" not in page
    assert 'style="margin' not in page
    assert "onclick" not in page
    assert "<script>" not in page
    assert all(f"static/{name}" in page for name in files)
    content = "".join(files.values())
    assert "function show() {}" in content
    assert 'margin:"1"' in content
    assert "p{color:red}" in content


def test_text_that_looks_like_an_attribute_stays() -> None:
    page, files = without_inline("<head></head><p>style=\"a\" onclick=\"b()\"</p>", "static")
    assert page == "<head></head><p>style=\"a\" onclick=\"b()\"</p>"
    assert not files


def test_the_page_of_another_dbt_is_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html><script>other</script></html>")
    with pytest.raises(EnvironmentBroken, match="not the page of dbt docs"):
        write_dbt_page(tmp_path, tmp_path)


@pytest.mark.parametrize("path", ["/index.html", "/manifest.json", "/nothing.html"])
def test_every_answer_carries_the_policy(asked: HTTPConnection, path: str) -> None:
    asked.request("GET", path)
    answer = asked.getresponse()
    assert answer.status == (404 if path == "/nothing.html" else 200)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "Python" not in answer.headers["Server"]


@pytest.mark.parametrize(
    "path",
    [
        "/../warehouse.duckdb", "/%2e%2e/warehouse.duckdb", "/..%2fwarehouse.duckdb",
        "/validation/../../warehouse.duckdb", "//../warehouse.duckdb", "/out.html", "/validation/",
        "/warehouse.duckdb", "/..\\warehouse.duckdb", "/%00",
        "/../../../current/warehouse.duckdb", "/manifest.json/../warehouse.duckdb",
    ],
)  # fmt: skip
def test_nothing_but_the_docs_is_served(asked: HTTPConnection, path: str) -> None:
    asked.putrequest("GET", path, skip_host=False, skip_accept_encoding=True)
    asked.endheaders()
    answer = asked.getresponse()
    assert answer.status == 404
    assert b"figures" not in answer.read()
