"""Where the portal is and how it is asked: the environment variables `REFORM_PORTAL_*`, checked where they enter.

Without `REFORM_PORTAL_URL` there is no portal, and the stand-in answers with data made up by us. No message repeats a
value: addresses may hold a password.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr, ValidationError, field_validator

from warehouse.errors import Misused

PREFIX = "REFORM_PORTAL_"
ENDPOINT = "/jsp/rest.jsp"


class PortalSettings(BaseModel):
    """`url`: the portal's address; `proxy`: an HTTP proxy on the way; `ca`: a file with an authority to trust besides
    those of the system. `from_month`: the first month fetched by itself. `settle_days`: how long after its end a month
    may still change; fetched later than that, it is never fetched again by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = None
    proxy: SecretStr | None = None
    ca: FilePath | None = None
    contact: str | None = Field(None, pattern=r"^[\x20-\x7e]{1,100}$")
    requests_per_second: float = Field(1.0, gt=0, le=20)
    timeout_seconds: float = Field(30, ge=0.1, le=300)
    answer_seconds: float = Field(120, ge=0.1, le=1800)
    tries: int = Field(5, ge=1, le=10)
    pause_seconds: float = Field(1.0, ge=0, le=60)
    max_pause_seconds: float = Field(120, ge=0, le=900)
    page_size: int = Field(100, ge=1, le=1000)
    max_pages: int = Field(200, ge=1, le=10_000)
    max_bytes: int = Field(8 * 1024 * 1024, ge=1024, le=256 * 1024 * 1024)
    from_month: str = Field("2024-08", pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")
    settle_days: int = Field(10, ge=0, le=365)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> PortalSettings:
        """What the environment says.

        Raises:
            Misused: a setting is unknown or unreadable; the message never shows a value.
        """
        found: dict[str, Any] = {}
        for variable, value in (os.environ if environment is None else environment).items():
            if not variable.startswith(PREFIX) or not value.strip():
                continue
            name = variable.removeprefix(PREFIX).lower()
            if name not in cls.model_fields or variable != variable.upper():
                near = difflib.get_close_matches(name, cls.model_fields, n=1, cutoff=0.6)
                hint = f"; {PREFIX}{near[0].upper()} is the nearest known" if near else ""
                raise Misused(f"{variable} is no setting of the portal{hint}. See docs/portal.md")
            found[name] = value.strip()
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            wrong = [
                f"{PREFIX}{str(detail['loc'][0]).upper()} {detail['msg'].removeprefix('Value error, ')}"
                for detail in error.errors()
            ]
            raise Misused("portal settings: " + "; ".join(wrong) + ". See docs/portal.md") from None

    @property
    def is_standin(self) -> bool:
        """Whether no portal is named, so that the stand-in answers."""
        return self.url is None

    @property
    def user_agent(self) -> str:
        """Who asks, honestly."""
        contact = f"; {self.contact}" if self.contact else ""
        return f"reform-indicators/{version('reform-indicators')} (statistics of administrative reform{contact})"

    @field_validator("url")
    @classmethod
    def _portal(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = _parts(value, {"http", "https"})
            if parts.query or parts.fragment:
                raise ValueError("must be an address without ? and #")
            if parts.scheme == "http" and not _is_near(str(parts.hostname)):
                raise ValueError("must begin with https://: on the way, anybody could change the figures")
        return value

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _parts(value, {"http", "https"})
        return value


def _parts(value: SecretStr, schemes: set[str]) -> Any:
    try:
        parts = urlsplit(value.get_secret_value())
        httpx.URL(value.get_secret_value())
        whole = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except (ValueError, httpx.InvalidURL):
        whole = False
    if not whole:
        raise ValueError("must be a whole address, beginning with https://")
    return parts


def _is_near(host: str) -> bool:
    """Whether `host` can only be a machine of the house: a bare name or a private address."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
