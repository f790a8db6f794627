"""From what went wrong to what is told: the words and the key of every kind of failure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from warehouse.alerts.event import Event, Kind, event_key, now
from warehouse.errors import Refusal, Refused

#: Refusals of one file that are spelt out; the rest is counted.
REFUSALS_SHOWN = 5

_TOO_MANY_BAD_ROWS = "too_many_bad_rows"

_TITLES: Mapping[str, tuple[str, str]] = {
    "load_blocked": ("Việc nạp dữ liệu không chạy được", "The load could not run"),
    "build_failed": ("Dựng bảng kết quả không đạt", "The build failed"),
    "publish_failed": ("Công bố không thành", "The release was not published"),
    "serve_failed": ("Máy chủ PostgreSQL chưa nhận bản phát hành mới", "PostgreSQL did not get the release"),
    "watch_failed": ("Việc theo dõi nguồn không chạy được", "The watch over the sources could not run"),
}
_NOTHING_PUBLISHED = "Bản đang công bố không đổi. · The current release is unchanged."
#: What readers have, where it is not that.
_READERS_HAVE: Mapping[str, str] = {
    "serve_failed": "Bản phát hành đã công bố; máy chủ PostgreSQL vẫn giữ bản trước. · The release is published; the "
    "PostgreSQL server still holds the one before.",
}


def blocked_files(refusals: Iterable[Refusal], received: Mapping[str, str], link: str) -> list[Event]:
    """One event for each refused file, however many of its rows are bad.

    `received` gives the SHA-256 of the bytes by file name, where they are known: the same bytes refused for the same
    reasons are no news. A file that is refused because too many rows would wait is told as that.
    """
    by_file: dict[str, list[Refusal]] = {}
    for refusal in refusals:
        by_file.setdefault(refusal.file_name, []).append(refusal)
    return [_blocked_file(name, found, received.get(name, ""), link) for name, found in by_file.items()]


def _blocked_file(name: str, refusals: Sequence[Refusal], sha256: str, link: str) -> Event:
    is_share = all(refusal.rule == _TOO_MANY_BAD_ROWS for refusal in refusals)
    kind: Kind = "quarantine_over_threshold" if is_share else "load_blocked"
    title_vi = "Tệp bị từ chối vì quá nhiều dòng phải chờ" if is_share else "Tệp bị từ chối"
    title_en = "File refused, too many of its rows would wait" if is_share else "File refused"
    return Event(
        kind=kind,
        subject=name,
        title_vi=f"{title_vi}: {name}",
        title_en=f"{title_en}: {name}",
        lines=(
            *_refusal_lines(refusals),
            "Các tệp khác vẫn được nạp; xem `reform quarantine list`. · The other files went through; see `reform "
            "quarantine list`.",
        ),
        owner="data_provider",
        link=link,
        happened_at=now(),
        key=event_key(kind, name, sha256, _fingerprint(refusals)),
    )


def failed_task(kind: Kind, dag_id: str, task_id: str, error: BaseException | str | None, link: str) -> Event:
    """A task of ours failed for good; refused data is spelt out, anything else is told in its own words."""
    subject = f"{dag_id}.{task_id}"
    title_vi, title_en = _TITLES[kind]
    if isinstance(error, Refused):
        lines, content, owner = _refusal_lines(error.refusals), _fingerprint(error.refusals), "data_engineer"
    else:
        said = str(error or "").strip() or "không có thông tin · nothing was said"
        name = type(error).__name__ if isinstance(error, BaseException) else ""
        lines = (f"Lỗi · Error: {name + ': ' if name else ''}{said}",)
        # Addresses, process ids and times differ between two runs that fail alike.
        content, owner = name + re.sub(r"0x[0-9a-f]+|\d+", "#", said), "data_engineer"
    return Event(
        kind=kind,
        subject=subject,
        title_vi=f"{title_vi}: {subject}",
        title_en=f"{title_en}: {subject}",
        lines=(*lines, _READERS_HAVE.get(kind, _NOTHING_PUBLISHED)),
        owner=owner,
        link=link,
        happened_at=now(),
        key=event_key(kind, subject, content),
    )


def timed_out_run(kind: Kind, dag_id: str, run_id: str, link: str) -> Event:
    """A run took longer than its DAG allows and was ended; every such run is news."""
    title_vi, title_en = _TITLES[kind]
    return Event(
        kind=kind,
        subject=dag_id,
        title_vi=f"{title_vi}: {dag_id} quá thời hạn",
        title_en=f"{title_en}: {dag_id} ran out of time",
        lines=(f"Lượt chạy · Run: {run_id}", _NOTHING_PUBLISHED),
        owner="data_engineer",
        link=link,
        happened_at=now(),
        key=event_key(kind, dag_id, run_id),
    )


def several(events: Sequence[Event]) -> Event:
    """One event in place of many of the same moment: a changed layout refuses a hundred files at once."""
    first = events[0]
    return Event(
        kind=first.kind,
        subject=f"{len(events)} more",
        title_vi=f"Và {len(events)} sự kiện nữa cùng lúc, trong đó có: {first.title_vi}",
        title_en=f"And {len(events)} more events at the same moment, among them: {first.title_en}",
        lines=tuple(f"{event.title_vi} · {event.title_en}" for event in events),
        owner=first.owner,
        link=first.link,
        happened_at=first.happened_at,
        key=event_key(first.kind, "several", *sorted(event.key for event in events)),
    )


def trial() -> Event:
    """What `reform alerts test` sends; each is news."""
    moment = now()
    return Event(
        kind="test",
        subject="test",
        title_vi="Tin thử: kênh báo tin hoạt động",
        title_en="Test message: this channel works",
        lines=("Không cần làm gì. · Nothing needs to be done.",),
        owner="data_engineer",
        link="",
        happened_at=moment,
        key=event_key("test", "test", moment.isoformat()),
    )


def _refusal_lines(refusals: Sequence[Refusal]) -> tuple[str, ...]:
    lines = []
    for number, refusal in enumerate(refusals[:REFUSALS_SHOWN], start=1):
        lines.append(f"{number}. {refusal.text_vi or refusal.rule}")
        lines.append(f"   {refusal.text_en or refusal.rule}")
        lines.append(f"   Quy tắc · Rule: {refusal.rule}")
        lines.append(f"   Vị trí · Place: {refusal.place or refusal.file_name}")
        lines.append(f"   Tìm thấy · Found: {refusal.found}")
        lines.append(f"   Yêu cầu · Expected: {refusal.expected}")
        if refusal.action:
            lines.append(f"   Việc cần làm · What to do: {refusal.action}")
    left = len(refusals) - REFUSALS_SHOWN
    if left > 0:
        lines.append(f"Và {left} lỗi nữa. · And {left} more.")
    return tuple(lines)


def _fingerprint(refusals: Sequence[Refusal]) -> str:
    return "\n".join(sorted(f"{one.rule}|{one.place}|{one.found}|{one.expected}" for one in refusals))
