"""All pages of one question, in order, until the portal has no more; never for ever, and never silently short."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ingestion.portal.client import Answer, PortalClient
from ingestion.portal.refusing import refused


class Pages:
    """Iterate to get the answers. When the iteration ends, `rows` and `unique_rows` say what came."""

    def __init__(
        self, client: PortalClient, params: Mapping[str, Any], subject: str, *, page_size: int, max_pages: int
    ) -> None:
        self._client, self._params, self._subject = client, params, subject
        self._page_size, self._max_pages = page_size, max_pages
        self._seen_pages: set[bytes] = set()
        self._seen_rows: set[bytes] = set()
        self._total: int | None = None
        self.rows = 0

    @property
    def unique_rows(self) -> int:
        """Rows with content of their own."""
        return len(self._seen_rows)

    def __iter__(self) -> Iterator[Answer]:
        """Ask page after page.

        A full page may be the last: one more is asked, and it may be empty.

        Raises:
            Refused: pages repeat, do not end, or hold other than as many rows as the portal says there are.
        """
        for page in range(1, self._max_pages + 1):
            answer = self._client.ask(
                {**self._params, "pageIndex": page, "pageSize": self._page_size}, f"{self._subject}, page {page}"
            )
            self._take(answer, page)
            yield answer
            if len(answer.rows) < self._page_size:
                self._reconcile()
                return
        raise refused(
            "portal_too_many_pages", self._subject, f"{self._max_pages} full pages", f"at most {self._max_pages}"
        )

    def _take(self, answer: Answer, page: int) -> None:
        hashes = [_hash(row) for row in answer.rows]
        whole = hashlib.sha256(b"".join(hashes)).digest()
        if hashes and whole in self._seen_pages:
            raise refused(
                "portal_repeats", self._subject, f"page {page} has the very rows of an earlier page", "rows of its own"
            )
        self._seen_pages.add(whole)
        self._seen_rows.update(hashes)
        self.rows += len(hashes)
        if answer.total is not None:
            self._total = answer.total

    def _reconcile(self) -> None:
        """The portal's total counts either the rows it sent or the rows there are; it must be one of the two."""
        if self._total is not None and self._total not in {self.rows, self.unique_rows}:
            came = f"{self.rows} rows" + ("" if self.rows == self.unique_rows else f", {self.unique_rows} different")
            raise refused("portal_count_mismatch", self._subject, came, f"{self._total} rows, as it says")


def _hash(row: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).digest()
