"""Against real servers: what arrives, what is tried again, what is refused, and that nothing secret is said."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import is_normalized, normalize

import pytest

from tests.warehouse.alerts.events import MOMENT, blocked, mail_to
from tests.warehouse.alerts.servers import PASSWORD, certificates, chat_service, free_port, mail_server
from warehouse.alerts.channels import Channel, NotDelivered, WebhookChannel, configured_channels
from warehouse.alerts.settings import AlertSettings
from warehouse.alerts.webhook_forms import FORMS, Form


def mail(settings: AlertSettings) -> Channel:
    channel: Any = configured_channels(settings)[0]
    return replace(channel, pause_seconds=0.01)


def webhook(url: str, form: Form = "slack", *, timeout_seconds: float = 5) -> WebhookChannel:
    return WebhookChannel(form, lambda: url, ssl.create_default_context(), timeout_seconds, pause_seconds=0.01)


def not_delivered(channel: Channel) -> NotDelivered:
    with pytest.raises(NotDelivered) as raised:
        channel.send(blocked())
    return raised.value


# -- mail ----------------------------------------------------------------------------------------------------------


def test_one_mail_goes_to_all_recipients() -> None:
    with mail_server() as box:
        mail(mail_to(box.port)).send(blocked())
    assert len(box.mails) == 1
    assert box.recipients == [["lan@example.vn", "minh@example.vn"]]


def test_a_vietnamese_subject_arrives_whole_and_composed() -> None:
    decomposed = replace(blocked(), title_vi=normalize("NFD", "Tệp bị từ chối: SIPAS_2023_phụ_lục.xlsx"))
    with mail_server() as box:
        mail(mail_to(box.port)).send(decomposed)
    subject = str(box.mails[0]["Subject"])
    assert "Tệp bị từ chối: SIPAS_2023_phụ_lục.xlsx" in subject
    assert is_normalized("NFC", subject)


def test_the_text_arrives_letter_for_letter() -> None:
    with mail_server() as box:
        mail(mail_to(box.port)).send(blocked())
    text = box.mails[0].get_content()
    assert "ô cần số nhưng không phải là số" in text
    assert "Xem · See: http://127.0.0.1:8080/dags/ingest_indices" in text


def test_a_file_name_cannot_write_a_header() -> None:
    with mail_server() as box:
        mail(mail_to(box.port)).send(blocked("x.xlsx\r\nBcc: everyone@example.vn\r\n\r\nclick here"))
    assert box.mails[0]["Bcc"] is None
    assert "Bcc: everyone@example.vn" in str(box.mails[0]["Subject"])
    assert box.recipients == [["lan@example.vn", "minh@example.vn"]]


def test_a_mail_says_it_is_written_by_a_machine_and_carries_the_key() -> None:
    with mail_server() as box:
        mail(mail_to(box.port)).send(blocked())
    assert box.mails[0]["Auto-Submitted"] == "auto-generated"
    assert blocked().key in str(box.mails[0]["Message-ID"])
    assert box.mails[0]["Date"].datetime == MOMENT


@pytest.fixture
def secured(tmp_path: Path) -> Callable[[int, str], AlertSettings]:
    """Settings with STARTTLS, log-in and the authority of `tmp_path`, for a port and a password."""

    def settings(port: int, password: str) -> AlertSettings:
        (tmp_path / "password").write_text(f"{password}\n", "utf-8")
        return mail_to(
            port,
            REFORM_ALERT_SMTP_SECURITY="starttls",
            REFORM_ALERT_SMTP_USER="reform",
            REFORM_ALERT_SMTP_PASSWORD_FILE=str(tmp_path / "password"),
            REFORM_ALERT_CA_FILE=str(tmp_path / "authority.pem"),
        )

    return settings


def test_a_server_with_log_in_and_starttls_takes_the_mail(
    tmp_path: Path, secured: Callable[[int, str], AlertSettings]
) -> None:
    _, certificate = certificates(tmp_path)
    with mail_server(certificate, log_in=True) as box:
        mail(secured(box.port, PASSWORD)).send(blocked())
    assert (len(box.mails), box.logins) == (1, ["good"])


def test_a_wrong_password_is_said_once_and_not_repeated(
    tmp_path: Path, secured: Callable[[int, str], AlertSettings]
) -> None:
    _, certificate = certificates(tmp_path)
    with mail_server(certificate, log_in=True) as box:
        error = not_delivered(mail(secured(box.port, "wrong-password")))
    assert "535" in str(error)
    assert "wrong-password" not in str(error)
    assert set(box.logins) == {"bad"}


def test_a_certificate_of_an_unknown_authority_is_not_trusted(tmp_path: Path) -> None:
    _, certificate = certificates(tmp_path)
    with mail_server(certificate) as box:
        error = not_delivered(mail(mail_to(box.port, REFORM_ALERT_SMTP_SECURITY="starttls")))
    assert "not trusted" in str(error)
    assert box.mails == []


def test_a_server_without_starttls_gets_nothing_when_it_is_asked_for() -> None:
    with mail_server() as box:
        error = not_delivered(mail(mail_to(box.port, REFORM_ALERT_SMTP_SECURITY="starttls")))
    assert "STARTTLS" in str(error)
    assert box.mails == []


def test_a_mail_the_server_cannot_take_now_is_tried_again() -> None:
    with mail_server() as box:
        box.answers = ["451 later", "451 later"]
        mail(mail_to(box.port)).send(blocked())
    assert len(box.mails) == 1


def test_a_mail_the_server_will_not_take_is_not_tried_again() -> None:
    with mail_server() as box:
        box.answers = ["554 spam", "", ""]
        error = not_delivered(mail(mail_to(box.port)))
    assert "554" in str(error)
    assert box.mails == []


def test_no_server_is_said_with_the_reason() -> None:
    error = not_delivered(mail(mail_to(free_port())))
    assert error.passing
    assert "not reached" in str(error)


# -- webhooks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(FORMS))
def test_each_form_arrives_as_one_post(form: Form) -> None:
    with chat_service() as chat:
        webhook(chat.url, form).send(blocked())
    assert len(chat.posts) == 1
    assert "ô cần số nhưng không phải là số" in str(chat.posts[0])


def test_a_teams_message_is_one_adaptive_card_with_the_link_as_its_button() -> None:
    with chat_service() as chat:
        webhook(chat.url, "teams").send(blocked())
    (attachment,) = chat.posts[0]["attachments"]
    assert chat.posts[0]["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [action["url"] for action in attachment["content"]["actions"]] == [blocked().link]


@pytest.mark.parametrize(
    ("form", "called"), [("slack", "<!channel>"), ("mattermost", "@all"), ("mattermost", "](http://evil.example)")]
)
def test_a_file_name_calls_nobody_and_links_nowhere(form: Form, called: str) -> None:
    text = FORMS[form](blocked(f"[x{called}.xlsx"))["text"]
    assert called not in text


def test_an_error_of_the_service_is_tried_again() -> None:
    with chat_service() as chat:
        chat.answers = [500, 503]
        webhook(chat.url).send(blocked())
    assert len(chat.posts) == 1


def test_an_error_that_stays_ends_after_three_tries() -> None:
    with chat_service() as chat:
        chat.answers = [500] * 9
        error = not_delivered(webhook(chat.url))
    assert (len(chat.paths), error.passing) == (3, True)


def test_a_service_that_does_not_answer_is_left_in_bounded_time() -> None:
    with chat_service() as chat:
        chat.answers = [-1.5] * 3
        started = time.monotonic()
        error = not_delivered(webhook(chat.url, timeout_seconds=0.2))
    assert "ReadTimeout" in str(error)
    assert time.monotonic() - started < 3


def test_a_redirect_is_not_followed() -> None:
    with chat_service() as chat:
        chat.answers = [302]
        error = not_delivered(webhook(chat.url))
    assert "redirects (302)" in str(error)
    assert len(chat.paths) == 1


def test_a_withdrawn_webhook_is_not_tried_again() -> None:
    with chat_service() as chat:
        chat.answers = [404]
        error = not_delivered(webhook(chat.url))
    assert (error.passing, len(chat.paths)) == (False, 1)


@pytest.mark.parametrize("answer", [200, 404, 500, 302])
def test_the_address_of_a_webhook_is_in_no_log_and_no_error(answer: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = ""
    with chat_service() as chat:
        chat.answers = [answer] * 3
        try:
            webhook(chat.url).send(blocked())
        except NotDelivered as error:
            said = str(error)
    assert "SECRET" not in caplog.text + said
