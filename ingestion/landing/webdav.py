"""The WebDAV client of `webdav4`, for names with signs that mean something else in an address (`#`, `?`, `%`)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from webdav4.client import Client
from webdav4.urls import join_url_path


class QuotingClient(Client):
    """Asks for `Phụ lục #1.xlsx` as `Ph%E1%BB%A5%20l%E1%BB%A5c%20%231.xlsx`; its base class asks for `Phụ lục `."""

    def join_url(self, path: str, add_trailing_slash: bool = False) -> Any:
        """The address of `path`, a path as the server means it."""
        whole = join_url_path(self.base_url.path, path)
        return self.base_url.copy_with(path=quote(whole) + ("/" if add_trailing_slash else ""))
