"""What a browser may do with the pages of a release: show them, run the scripts beside them, and nothing else.

No inline script or style, no `eval`, no other host, no frame around a page. Whatever serves the pages sends these
headers (`reform docs serve`, the web server of a deployment); the pages work without them too, from a folder.
"""

from __future__ import annotations

import html
import re
from hashlib import sha256

#: https://www.w3.org/TR/CSP3/
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_SCRIPT = re.compile(r"<script>(?P<content>.*?)</script>", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(r"<style>(?P<content>.*?)</style>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[a-z][^<>]*>", re.IGNORECASE)
_STYLE_ATTRIBUTE = re.compile(r"\sstyle=\"(?P<content>[^\"]*)\"", re.IGNORECASE)
_CLICK_ATTRIBUTE = re.compile(r"\sonclick=\"(?P<name>\w+)\(\)\"", re.IGNORECASE)

#: Stands in for `onclick="name()"`, which the policy forbids.
CLICKS = """for (const element of document.querySelectorAll("[data-click]")) {
  element.addEventListener("click", () => window[element.dataset.click]());
}
"""


def without_inline(page: str, folder: str) -> tuple[str, dict[str, str]]:
    """`page`, made by a library, with its inline scripts, styles and click handlers moved to files of `folder`.

    Returns the page and the files by name. Names come of the content: the same script of many pages is one file.
    """
    files: dict[str, str] = {}

    def moved(content: str, suffix: str) -> str:
        name = f"{sha256(content.encode()).hexdigest()[:12]}.{suffix}"
        files[name] = content
        return f"{folder}/{name}"

    def script(found: re.Match[str]) -> str:
        return f'<script src="{moved(found["content"], "js")}"></script>' if found["content"].strip() else ""

    def style(found: re.Match[str]) -> str:
        if not found["content"].strip():
            return ""
        return f'<link rel="stylesheet" href="{moved(found["content"], "css")}">'

    rules: dict[str, str] = {}

    def attributes(found: re.Match[str]) -> str:
        def as_rule(attribute: re.Match[str]) -> str:
            content = html.unescape(attribute["content"])
            key = sha256(content.encode()).hexdigest()[:8]
            # An inline style outweighs a style sheet: the rule is made as strong by naming the attribute twice.
            rules[key] = f'[data-style="{key}"][data-style]{{{content}}}'
            return f' data-style="{key}"'

        return _CLICK_ATTRIBUTE.sub(r' data-click="\g<name>"', _STYLE_ATTRIBUTE.sub(as_rule, found[0]))

    page = _STYLE.sub(style, _SCRIPT.sub(script, page))
    page = _TAG.sub(attributes, page)
    added = ""
    if rules:
        added += f'<link rel="stylesheet" href="{moved(chr(10).join(sorted(rules.values())), "css")}">\n'
    if "data-click=" in page:
        added += f'<script defer src="{moved(CLICKS, "js")}"></script>\n'
    return re.sub(r"</head>", lambda _: f"{added}</head>", page, count=1, flags=re.IGNORECASE), files
