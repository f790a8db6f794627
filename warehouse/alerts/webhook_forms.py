"""The bodies chat services take at an incoming webhook, made so that nothing in an event acts as markup or mention.

Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks · Mattermost:
https://developers.mattermost.com/integrate/webhooks/incoming/ · Teams (a workflow's webhook takes an Adaptive Card):
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from warehouse.alerts.event import Event
from warehouse.alerts.wording import text_lines

Form = Literal["slack", "mattermost", "teams"]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~<>:-])")
_LINK_LABEL = "Xem · See"


def slack(event: Event) -> dict[str, Any]:
    """Plain text; `&`, `<` and `>` escaped as Slack asks, so that a file named `<!channel>` calls nobody."""
    lines = [*text_lines(event), *([f"{_LINK_LABEL}: {event.link}"] if event.link else [])]
    text = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": text, "mrkdwn": False}


def mattermost(event: Event) -> dict[str, Any]:
    """Markdown with every sign escaped and every `@` parted from its name."""
    lines = [_MARKDOWN.sub(r"\\\1", line.strip()).replace("@", "@\N{ZERO WIDTH SPACE}") for line in text_lines(event)]
    title = [f"**{line}**" for line in lines[:2]]
    link = [f"[{_LINK_LABEL}]({event.link})"] if event.link else []
    return {"text": "  \n".join([*title, *lines[2:], *link])}


def teams(event: Event) -> dict[str, Any]:
    """A message with one Adaptive Card; text runs know no markup, so nothing needs escaping."""
    blocks = [
        {
            "type": "RichTextBlock",
            "inlines": [{"type": "TextRun", "text": line.strip(), **({"weight": "Bolder"} if number < 2 else {})}],
            "spacing": "Small",
        }
        for number, line in enumerate(text_lines(event))
    ]
    actions = [{"type": "Action.OpenUrl", "title": _LINK_LABEL, "url": event.link}] if event.link else []
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
        "actions": actions,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


FORMS: dict[Form, Callable[[Event], dict[str, Any]]] = {"slack": slack, "mattermost": mattermost, "teams": teams}
