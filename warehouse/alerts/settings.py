"""Where alerts go: the environment variables `REFORM_ALERT_*`, checked where they enter, secrets never repeated.

A password or a webhook's address may stand in a file of its own (`…_FILE`), as container secrets do.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Mapping
from email.headerregistry import Address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from warehouse.errors import Misused

PREFIX = "REFORM_ALERT_"
#: Settings that may stand in a file named by `<setting>_file`.
_SECRETS = ("smtp_password", "slack_url", "mattermost_url", "teams_url")

Security = Literal["starttls", "tls", "none"]
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


class AlertSettings(BaseModel):
    """The channels and their limits; nothing set means that nobody is told anything.

    `remind_days`: after how many days a lasting condition is told again. `timeout_seconds`: how long one step of a
    delivery may take. `ca_file`: an authority to trust besides those of the system, for a mail or chat server with a
    certificate of the house.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    smtp_host: str | None = None
    smtp_port: int | None = Field(None, ge=1, le=65535)
    smtp_security: Security = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    smtp_to: tuple[str, ...] = ()
    slack_url: SecretStr | None = None
    mattermost_url: SecretStr | None = None
    teams_url: SecretStr | None = None
    ca_file: FilePath | None = None
    timeout_seconds: float = Field(10, ge=1, le=60)
    remind_days: int = Field(7, ge=1, le=365)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> AlertSettings:
        """What the environment says.

        Raises:
            Misused: a setting is unknown, unreadable or contradicts another; the message never shows a value.
        """
        found = _read(os.environ if environment is None else environment)
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            wrong = [_said(detail["loc"], detail["type"], detail["msg"]) for detail in error.errors()]
            raise Misused("alert settings: " + "; ".join(wrong) + ". See docs/alerts.md") from None

    @property
    def port(self) -> int:
        """The mail server's port: as set, else the usual one of the security chosen."""
        return self.smtp_port or _PORTS[self.smtp_security]

    @field_validator("smtp_to", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("smtp_from", "smtp_to")
    @classmethod
    def _addresses(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for address in (value,) if isinstance(value, str) else value or ():
            if not _is_address(address):
                raise ValueError("must hold bare mail addresses (name@host), separated by commas")
        return value

    @field_validator("slack_url", "mattermost_url", "teams_url")
    @classmethod
    def _webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError("must be the whole address of the webhook, beginning with https://")
            if parts.scheme == "http" and not _is_near(parts.hostname):
                raise ValueError("must begin with https://, or the secret in it would travel in the clear")
        return value

    def _password(self) -> str:
        return self.smtp_password.get_secret_value() if self.smtp_password else ""

    @model_validator(mode="after")
    def _whole(self) -> AlertSettings:
        given = {name for name in self.model_fields_set if name.startswith("smtp_")}
        if not given:
            return self
        missing = [name for name in ("smtp_host", "smtp_from", "smtp_to") if not getattr(self, name)]
        if missing:
            raise ValueError(f"mail also needs {', '.join(PREFIX + name.upper() for name in missing)}")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError(f"{PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD (or …_FILE) are set together or not at all")
        if not (self.smtp_user or "").isascii() or not self._password().isascii():
            raise ValueError(f"{PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD must be ASCII: mail servers take no other")
        if self.smtp_password is not None and self.smtp_security == "none" and not _is_loopback(self.smtp_host or ""):
            raise ValueError(f"with {PREFIX}SMTP_SECURITY=none the password would travel in the clear")
        return self


def _read(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    known = [*AlertSettings.model_fields, *(f"{name}_file" for name in _SECRETS)]
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or not value.strip():
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known or variable != variable.upper():
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"; {PREFIX}{near[0].upper()} is the nearest known" if near else ""
            raise Misused(f"{variable} is no alert setting{hint}. See docs/alerts.md")
        found[name] = value.strip()
    for name in _SECRETS:
        path = found.pop(f"{name}_file", None)
        if path is None:
            continue
        if name in found:
            raise Misused(f"{PREFIX}{name.upper()} and {PREFIX}{name.upper()}_FILE are both set: keep one")
        found[name] = _secret_in(path, f"{PREFIX}{name.upper()}_FILE")
    return found


def _secret_in(path: str, variable: str) -> str:
    try:
        secret = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"{variable}: {path} could not be read ({type(error).__name__})") from None
    if not secret:
        raise Misused(f"{variable}: {path} is empty")
    return secret


def _said(place: tuple[int | str, ...], kind: str, message: str) -> str:
    """One complaint of pydantic without the value it is about."""
    words = message.removeprefix("Value error, ")
    if not place:
        return words
    expected = "" if kind == "value_error" else ": "
    return f"{PREFIX}{str(place[0]).upper()}{expected or ' '}{words}"


def _is_address(text: str) -> bool:
    try:
        parsed = Address(addr_spec=text)
    except (ValueError, IndexError):
        return False
    return text.isascii() and text.isprintable() and " " not in text and bool(parsed.username and parsed.domain)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_near(host: str) -> bool:
    """Whether `host` can only be a machine of the house: a bare name or a private address."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
