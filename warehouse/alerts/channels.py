"""Carrying an event to people: mail and webhooks, with bounded time and a few tries; nothing secret is ever said."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import urlsplit

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from warehouse.alerts.event import Event
from warehouse.alerts.settings import AlertSettings, Security
from warehouse.alerts.webhook_forms import FORMS, Form
from warehouse.alerts.wording import headline, one_line, text_lines
from warehouse.errors import Misused

TRIES = 3
#: Seconds before the second try; doubled before the third.
PAUSE_SECONDS = 1.0

#: A server that answers one of these may take the message in a moment.
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}


class NotDelivered(Exception):
    """A channel did not take an event; the message says why, in words fit for a log. `passing`: it may take it soon."""

    def __init__(self, reason: str, *, passing: bool) -> None:
        super().__init__(one_line(reason, 300))
        self.passing = passing


class Channel(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """`smtp`, or the form of a webhook."""

    @property
    def where(self) -> str:
        """Where it leads, without anything secret."""

    def send(self, event: Event) -> None:
        """Deliver `event`.

        Raises:
            NotDelivered: after the last try.
        """


@dataclass(frozen=True)
class SmtpChannel:
    """A mail server; `security` is never lowered: without the STARTTLS it was told to use it sends nothing."""

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...]
    user: str | None
    password: Callable[[], str] | None
    tls: ssl.SSLContext
    timeout_seconds: float
    pause_seconds: float = PAUSE_SECONDS
    name: str = "smtp"

    @property
    def where(self) -> str:
        """Server, port, security and how many people."""
        return f"{self.host}:{self.port} ({self.security}) → {len(self.recipients)} recipients"

    def send(self, event: Event) -> None:
        """One mail to all recipients.

        Raises:
            NotDelivered: the server was not reached, or refused; with the recipients it refused, where it did.
        """
        message = mail_of(event, self.sender, self.recipients)
        _tried(lambda: self._send_once(message), self.pause_seconds)

    def _send_once(self, message: EmailMessage) -> None:
        try:
            with self._session() as session:
                refused = session.send_message(message, self.sender, list(self.recipients))
        except (smtplib.SMTPException, OSError) as error:
            raise _mail_not_delivered(error) from None
        if refused:
            logging.getLogger(__name__).warning("the mail server refused some recipients (%s)", _codes(refused))

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        if self.security == "tls":
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout_seconds, context=self.tls
            )
        else:
            session = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        with session:
            if self.security == "starttls":
                session.starttls(context=self.tls)
            if self.user is not None and self.password is not None:
                session.login(self.user, self.password())
            yield session


@dataclass(frozen=True)
class WebhookChannel:
    """An incoming webhook of a chat service. Its address is a secret: only its host is ever shown."""

    form: Form
    url: Callable[[], str]
    tls: ssl.SSLContext
    timeout_seconds: float
    pause_seconds: float = PAUSE_SECONDS

    @property
    def name(self) -> str:
        """The form."""
        return self.form

    @property
    def where(self) -> str:
        """The host."""
        return str(urlsplit(self.url()).hostname)

    def send(self, event: Event) -> None:
        """One post.

        Raises:
            NotDelivered: not reached, redirected, or refused.
        """
        body = FORMS[self.form](event)
        _tried(lambda: self._send_once(body), self.pause_seconds)

    def _send_once(self, body: dict[str, object]) -> None:
        try:
            with (
                _addresses_kept_out_of_logs(),
                httpx.Client(timeout=self.timeout_seconds, verify=self.tls, follow_redirects=False) as client,
                client.stream("POST", self.url(), json=body) as response,
            ):
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # The error's own words may quote the address.
            raise NotDelivered(f"{self.where} was not reached ({type(error).__name__})", passing=True) from None
        if 300 <= status < 400:
            raise NotDelivered(f"{self.where} redirects ({status}); that is not followed", passing=False)
        if not 200 <= status < 300:
            raise NotDelivered(f"{self.where} answered {status}", passing=status in _TRY_AGAIN)


def configured_channels(settings: AlertSettings) -> list[Channel]:
    """The channels `settings` name, mail first.

    Raises:
        Misused: the file of certificates holds none.
    """
    tls = _trusted(settings)
    channels: list[Channel] = []
    if settings.smtp_host and settings.smtp_from:
        password = settings.smtp_password
        channels.append(
            SmtpChannel(
                host=settings.smtp_host,
                port=settings.port,
                security=settings.smtp_security,
                sender=settings.smtp_from,
                recipients=settings.smtp_to,
                user=settings.smtp_user,
                password=password.get_secret_value if password else None,
                tls=tls,
                timeout_seconds=settings.timeout_seconds,
            )
        )
    for form in FORMS:
        url = getattr(settings, f"{form}_url")
        if url is not None:
            channels.append(WebhookChannel(form, url.get_secret_value, tls, settings.timeout_seconds))
    return channels


def _trusted(settings: AlertSettings) -> ssl.SSLContext:
    tls = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            tls.load_verify_locations(cafile=str(settings.ca_file))
        except (ssl.SSLError, OSError) as error:
            raise Misused(f"REFORM_ALERT_CA_FILE: {settings.ca_file} holds no certificate in PEM form") from error
    return tls


def mail_of(event: Event, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The mail that tells `event`; its Message-ID is the event's key, so that a mail sent twice is seen to be one."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = headline(event)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Date"] = format_datetime(event.happened_at)
    message["Message-ID"] = f"<{event.key}.{event.happened_at:%Y%m%d%H%M%S}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    link = ["", f"Xem · See: {event.link}"] if event.link else []
    message.set_content("\n".join([*text_lines(event), *link]) + "\n", charset="utf-8")
    return message


def _tried(once: Callable[[], None], pause_seconds: float) -> None:
    Retrying(
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential(multiplier=pause_seconds, max=10),
        retry=retry_if_exception(lambda error: isinstance(error, NotDelivered) and error.passing),
        reraise=True,
    )(once)


def _mail_not_delivered(error: smtplib.SMTPException | OSError) -> NotDelivered:
    """What stood in the way, and whether it may pass. A server's own words are left out: they may quote anything."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return NotDelivered(f"the server refused every recipient ({_codes(error.recipients)})", passing=False)
    if isinstance(error, smtplib.SMTPResponseException):
        said = f"the server answered {error.smtp_code} ({type(error).__name__})"
        return NotDelivered(said, passing=400 <= error.smtp_code < 500)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotDelivered(f"the server does not offer what is set: {error}", passing=False)
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotDelivered(f"the server's certificate is not trusted: {error.verify_message}", passing=False)
    return NotDelivered(f"the server was not reached: {type(error).__name__}: {error}", passing=True)


def _codes(refused: dict[str, tuple[int, bytes]]) -> str:
    return ", ".join(f"{recipient}: {code}" for recipient, (code, _) in sorted(refused.items()))


@contextmanager
def _addresses_kept_out_of_logs() -> Iterator[None]:
    """httpx logs the whole address of every request at INFO, and the address of a webhook is its password."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
