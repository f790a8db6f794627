"""Telling people how a task of ours ended: Airflow's side of `warehouse.alerts`, one message per event.

A notifier never makes a task fail: what goes wrong in it is logged, and what could not be delivered is tried again at
the next occasion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.notifier import BaseNotifier

from in_words import FilesRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.alerts.event import Event, Kind
    from warehouse.home import Home

#: The task whose failure means that files were refused while the rest went through.
REFUSALS_TASK = "report_refusals"


class TellFailure(BaseNotifier):
    """A task failed for good (retries come first): tell it as `kind`, or each refused file for itself."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def notify(self, context: Any) -> None:
        """Called by Airflow where the task ran."""
        from warehouse.home import Home

        # Missing where the process was killed: then the DAG processor calls, and nobody knows more.
        if isinstance(context.get("exception"), FilesRefused):
            return  # the task at the end of the run tells of every file
        home = Home.from_environment()
        self._tell(home, self._events(home, context))

    def _events(self, home: Home, context: Any) -> Sequence[Event]:
        from warehouse.alerts.occasions import blocked_files, failed_task

        instance = context["ti"]
        link = str(getattr(instance, "log_url", ""))
        if instance.task_id == REFUSALS_TASK:
            from ingestion.refusals import refusals_in_run, refused_documents

            received = {one["document"]["file_name"]: one["document"]["sha256"] for one in refused_documents(home)}
            refused = blocked_files(refusals_in_run(home), received, link)
            if refused:
                return refused
        return [failed_task(self.kind, instance.dag_id, instance.task_id, _our_own(context.get("exception")), link)]

    def _tell(self, home: Home, events: Sequence[Event]) -> None:
        from warehouse.alerts.tell import tell

        for delivery in tell(home, events):
            said = "delivered" if not delivery.reason else f"not delivered: {delivery.reason}"
            self.log.info("alert %s by %s: %s", delivery.event.title_en, delivery.channel, said)


class TellOfTimeout(TellFailure):
    """A run was ended because it took too long; any other failure was told by the task that failed."""

    def notify(self, context: Any) -> None:
        """Called by Airflow in the DAG processor."""
        if context.get("reason") != "timed_out":
            return
        from warehouse.alerts.occasions import timed_out_run
        from warehouse.home import Home

        run = context["dag_run"]
        self._tell(Home.from_environment(), [timed_out_run(self.kind, run.dag_id, run.run_id, "")])


class NoteRecovery(BaseNotifier):
    """A task succeeded: should it fail again, that is news, even if it fails as it did before."""

    def notify(self, context: Any) -> None:
        """Called by Airflow where the task ran."""
        from warehouse.alerts.ledger import Ledger
        from warehouse.home import Home

        instance = context["ti"]
        Ledger(Home.from_environment()).close(f"{instance.dag_id}.{instance.task_id}")


def telling(kind: Kind) -> dict[str, Any]:
    """The callbacks of every task of a DAG, for its default arguments."""
    return {"on_failure_callback": TellFailure(kind), "on_success_callback": NoteRecovery()}


def _our_own(error: BaseException | str | None) -> BaseException | str | None:
    """The refusal behind the failure `in_words` made of it, which keeps file, rule, place, found and expected."""
    from warehouse.errors import ReformError

    behind = error.__context__ if isinstance(error, BaseException) else None
    return behind if isinstance(behind, ReformError) else error
