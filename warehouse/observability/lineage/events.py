"""The events of a release: each document loaded, each model built, and the publication, as OpenLineage has them.

Runs have ids made of what they are of (a batch, a build, a release): told twice, it is the same run.

    <namespace>://archive    source/sha256         the bytes as received
    <namespace>://reference  unit.csv …            reference tables and corrections of the project
    <namespace>://lake       dossiers, survey/…    Parquet
    <namespace>://warehouse  raw.…, marts.…        tables of the build database
    <namespace>://release    marts.…               tables readers see; their version is the release's id
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from openlineage.client.event_v2 import Dataset, InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    documentation_dataset,
    input_statistics_input_dataset,
    job_type_job,
    output_statistics_output_dataset,
    parent_run,
    processing_engine_run,
    schema_dataset,
    sql_job,
)
from openlineage.client.uuid import generate_static_uuid

from warehouse.observability.lineage.columns import ColumnSources
from warehouse.observability.lineage.documents import LoadedDocument
from warehouse.observability.lineage.project import Model, Project, Table

PRODUCER = "urn:reform-indicators"
NAMESPACE = "OPENLINEAGE_NAMESPACE"


@dataclass(frozen=True)
class ParentRun:
    """The run that told: a task of Airflow, as Airflow's own events name it."""

    namespace: str
    job: str
    run_id: str


@dataclass(frozen=True)
class Release:
    """What is told of: `tables` are the rows of each table of it, by name without schema."""

    release_id: str
    published_at: datetime
    fingerprint: str
    tables: dict[str, int]


class Teller:
    """Makes the events of one release."""

    def __init__(self, release: Release, parent: ParentRun | None = None) -> None:
        self._release = release
        self._parent = parent
        self.namespace = os.environ.get(NAMESPACE, "").strip() or "reform"

    def of_documents(self, documents: Iterable[LoadedDocument]) -> Iterator[RunEvent]:
        """One run a document: from the archive, by way of the lake or not, into the raw tables."""
        for document in documents:
            source = InputDataset(
                *self._named("archive", f"{document.source}/{document.sha256}"),
                facets={
                    "documentation": documentation_dataset.DocumentationDatasetFacet(document.file_name),
                    "version": dataset_version_dataset.DatasetVersionDatasetFacet(document.sha256),
                },
                inputFacets={
                    "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
                        rowCount=document.rows, size=document.size_bytes, fileCount=1
                    )
                },
            )
            through = [OutputDataset(*self._named("lake", document.lake))] if document.lake else []
            tables = [OutputDataset(*self._named("warehouse", table)) for table in document.tables]
            job = f"load.{document.source}.{document.dataset}"
            moments = (document.loaded_at, document.loaded_at)
            yield from self._run(job, document.batch_id, moments, [source], [*through, *tables], kind="LOAD")

    def of_reference(self, project: Project) -> Iterator[RunEvent]:
        """One run for all reference tables: each from its file in `data/reference`."""
        tables = [table for table in project.tables.values() if table.name.startswith("reference.")]
        files = [f"{table.name.removeprefix('reference.')}.csv" for table in tables]
        sources = [InputDataset(*self._named("reference", name)) for name in (*files, "corrections")]
        targets = [self._described(OutputDataset, table) for table in tables]
        corrections = OutputDataset(*self._named("warehouse", "raw.correction"))
        first = min((model.started_at for model in project.models), default=self._release.published_at)
        moments = (first - timedelta(seconds=1), first)
        yield from self._run(
            "load.reference", self._release.fingerprint, moments, sources, [*targets, corrections], kind="LOAD"
        )

    def of_model(self, project: Project, model: Model, sources: ColumnSources) -> Iterator[RunEvent]:
        """One run a model, with its SQL and which columns each of its columns comes from."""
        inputs = [self._described(InputDataset, project.tables[one]) for one in model.reads]
        output = self._described(OutputDataset, model.table)
        fields = {
            column: column_lineage_dataset.Fields(
                [
                    column_lineage_dataset.InputField(*self._named("warehouse", source.table), field=source.column)
                    for source in found
                ]
            )
            for column, found in sources.items()
        }
        if fields:
            facet = column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields)
            output.facets = {**(output.facets or {}), "columnLineage": facet}
        about = {"sql": sql_job.SQLJobFacet(query=model.sql, dialect="duckdb")}
        moments = (model.started_at, model.ended_at)
        yield from self._run(f"dbt.{model.table.name}", self._release.fingerprint, moments, inputs, [output],
                             kind="MODEL", about=about)  # fmt: skip

    def of_publication(self, project: Project) -> Iterator[RunEvent]:
        """One run for the release: every mart with how its tests ended, to the table of that name readers see."""
        marts = [
            table
            for table in project.tables.values()
            if table.name.removeprefix("marts.") in self._release.tables and table.name.startswith("marts.")
        ]
        inputs = [self._described(InputDataset, table) for table in marts]
        for table, one in zip(marts, inputs, strict=True):
            assertions = [
                data_quality_assertions_dataset.Assertion(assertion=test.name, success=test.passed, column=test.column)
                for test in project.tests.get(table.unique_id, [])
            ]
            if assertions:
                one.inputFacets = {
                    "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
                        assertions
                    )
                }
        outputs = [self._published(table) for table in marts]
        moments = (self._release.published_at, self._release.published_at)
        yield from self._run("publish", self._release.release_id, moments, inputs, outputs, kind="PUBLICATION")

    def _published(self, table: Table) -> OutputDataset:
        fields = {
            column: column_lineage_dataset.Fields(
                [column_lineage_dataset.InputField(*self._named("warehouse", table.name), field=column)]
            )
            for column in table.columns
        }
        return OutputDataset(
            *self._named("release", table.name),
            facets={
                **self._facets_of(table),
                "version": dataset_version_dataset.DatasetVersionDatasetFacet(self._release.release_id),
                "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields),
            },
            outputFacets={
                "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                    rowCount=self._release.tables[table.name.removeprefix("marts.")]
                )
            },
        )

    def _named(self, place: str, name: str) -> tuple[str, str]:
        return f"{self.namespace}://{place}", name

    def _described(self, kind: type[Any], table: Table) -> Any:
        return kind(*self._named("warehouse", table.name), facets=self._facets_of(table))

    def _facets_of(self, table: Table) -> dict[str, Any]:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(
                name=name, type=kind, description=table.column_descriptions.get(name) or None
            )
            for name, kind in table.columns.items()
        ]
        facets: dict[str, Any] = {"schema": schema_dataset.SchemaDatasetFacet(fields)} if fields else {}
        if table.description:
            facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(table.description)
        return facets

    def _run(
        self,
        job: str,
        of: str,
        moments: tuple[datetime, datetime],
        inputs: list[InputDataset],
        outputs: list[OutputDataset],
        *,
        kind: str,
        about: dict[str, Any] | None = None,
    ) -> Iterator[RunEvent]:
        """Its START and its COMPLETE; the second says what went in and out."""
        run_id = str(generate_static_uuid(moments[0], f"{self.namespace} {job} {of}".encode()))
        run = Run(run_id, facets=self._of_run())
        job_type = job_type_job.JobTypeJobFacet(processingType="BATCH", integration="REFORM", jobType=kind)
        described = Job(self.namespace, job, facets={"jobType": job_type, **(about or {})})
        named = [type(one)(one.namespace, one.name) for one in inputs]
        for state, moment, ins, outs in (
            (RunState.START, moments[0], named, []),
            (RunState.COMPLETE, moments[1], inputs, outputs),
        ):
            yield RunEvent(
                eventType=state, eventTime=moment.isoformat(), run=run, job=described, inputs=ins, outputs=outs,
                producer=PRODUCER,
            )  # fmt: skip

    def _of_run(self) -> dict[str, Any]:
        engine = processing_engine_run.ProcessingEngineRunFacet(
            version=version("duckdb"), name="DuckDB", openlineageAdapterVersion=version("openlineage-python")
        )
        facets: dict[str, Any] = {"processing_engine": engine}
        if self._parent is not None:
            facets["parent"] = parent_run.ParentRunFacet(
                run=parent_run.Run(self._parent.run_id), job=parent_run.Job(self._parent.namespace, self._parent.job)
            )
        return facets


__all__ = ["NAMESPACE", "PRODUCER", "Dataset", "ParentRun", "Release", "Teller"]
