"""`reform backup` and `reform restore`: an installation kept, and brought back on an empty machine."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from cli.run_lock import one_run
from warehouse.errors import EnvironmentBroken
from warehouse.home import Home

_MIB = 1024 * 1024


def backup(
    store: Annotated[Path, typer.Argument(help="A folder on another disk; snapshots add to each other.")],
    verify: Annotated[bool, typer.Option("--verify", help="Read every stored byte of the latest snapshot.")] = False,
    without_metadata: Annotated[
        bool, typer.Option("--without-metadata", help="Leave out Airflow's metadata where it is in PostgreSQL.")
    ] = False,
) -> None:
    """Keep archive, lake, releases, corrections and metadata; what the store has already is not copied again."""
    from cli.metadata_backup import dumped_metadata
    from cli.server import services_running
    from warehouse.backup import damaged_objects, read_snapshot, take_backup

    home = Home.from_environment()
    if verify:
        snapshot = read_snapshot(store)
        damaged = damaged_objects(store, snapshot)
        if damaged:
            raise EnvironmentBroken(
                f"{len(damaged)} of {len(snapshot.files)} files of snapshot {snapshot.snapshot_id} are damaged: "
                f"{', '.join(damaged[:5])}. Make a new backup"
            )
        typer.echo(f"snapshot {snapshot.snapshot_id}: {len(snapshot.files)} files, all as they were")
        return
    if services_running(home):
        raise EnvironmentBroken("Airflow runs in this home and may be writing: `make down`, back up, `make up`")
    with one_run(home), nullcontext() if without_metadata else dumped_metadata(home):
        report = take_backup(home, store)
    typer.echo(
        f"snapshot {report.snapshot_id}: {report.files} files, {report.bytes / _MIB:.1f} MiB; "
        f"new: {report.new_files} files, {report.new_bytes / _MIB:.1f} MiB"
    )


def restore(
    store: Annotated[Path, typer.Argument(help="The folder `reform backup` wrote.")],
    snapshot_id: Annotated[str | None, typer.Option("--snapshot", help="Which; by default the latest.")] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Only say which snapshots there are.")] = False,
) -> None:
    """Bring a home back into an empty REFORM_HOME, build the marts from the archive alone, and prove them equal."""
    from cli.commands_data import PIPELINE, run_alone
    from cli.metadata_backup import restore_metadata
    from cli.summary import print_summary
    from warehouse.backup import list_snapshots, read_snapshot
    from warehouse.restore import prove_build, restore_home

    if list_only:
        for known in list_snapshots(store):
            typer.echo(known)
        return
    home = Home.from_environment()
    snapshot = read_snapshot(store, snapshot_id)
    typer.echo(f"restored {restore_home(home, store, snapshot)} files of snapshot {snapshot.snapshot_id}")
    said = restore_metadata(home)
    if said is not None:
        typer.echo(said)
    # Everything but the publication: readers already have the release the snapshot had.
    summary = run_alone(home, tuple(dag for dag in PIPELINE if dag != "publish_release"), quiet=False)
    if summary["failures"]:
        print_summary(summary)
        raise typer.Exit(int(summary["exit_code"]))
    proof = prove_build(home)
    if proof is None:
        typer.echo("the backup holds no release: the marts were built, and there is nothing to compare them with")
        return
    typer.echo(f"{len(proof.equal)} tables built from the archive have the hash of release {proof.release_id}")
    if proof.different:
        raise EnvironmentBroken(
            f"{len(proof.different)} tables differ from release {proof.release_id}: {', '.join(proof.different)}. "
            "The release was made by other code or reference data than stands here (see its manifest.json: "
            "code_version), or the archive is not what it was; readers still have the release as it was published"
        )
