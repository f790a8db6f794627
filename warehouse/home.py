"""Where things are at run time: `REFORM_HOME` and the project's own reference data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
REFERENCE_DIR = PROJECT_ROOT / "data" / "reference"
BUNDLED_INPUT_DIR = PROJECT_ROOT / "data" / "input"
DBT_PROJECT_DIR = PROJECT_ROOT / "dbt_project"
CORRECTIONS_DIR = PROJECT_ROOT / "data" / "corrections"


@dataclass(frozen=True)
class Home:
    """The folders of one installation (see the design's "Places at run time")."""

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """`REFORM_HOME`, by default `var` in the project."""
        return cls(Path(os.environ.get("REFORM_HOME") or PROJECT_ROOT / "var").resolve())

    @property
    def landing(self) -> Path:
        """Where files arrive, one folder a source."""
        return self.root / "landing"

    @property
    def archive(self) -> Path:
        """Bytes as received, addressed by SHA-256."""
        return self.root / "archive"

    @property
    def build(self) -> Path:
        """Everything only the pipeline itself opens."""
        return self.root / "build"

    @property
    def build_database(self) -> Path:
        """The build database; `warehouse` is its one writer."""
        return self.build / "warehouse.duckdb"

    @property
    def build_state(self) -> Path:
        """Of which inputs and code the marts in the build database are; gone while they are not whole."""
        return self.build / "build_state.json"

    @property
    def staging(self) -> Path:
        """Parsed batches on their way to the load; empty when nothing is pending."""
        return self.build / "staging"

    @property
    def dbt_target(self) -> Path:
        """dbt's artefacts."""
        return self.build / "dbt"

    @property
    def data_docs(self) -> Path:
        """The validation docs of the last audits; copied into each release."""
        return self.build / "data_docs"

    @property
    def lake(self) -> Path:
        """Large facts as Parquet."""
        return self.root / "lake"

    @property
    def releases(self) -> Path:
        """Published releases, immutable."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """A symlink to the release readers open."""
        return self.root / "current"

    @property
    def quarantine(self) -> Path:
        """Refused documents (one JSON each) wait here for their owner."""
        return self.root / "quarantine"

    @property
    def corrections(self) -> Path:
        """Corrections decided in this installation; those of the project stand in `data/corrections`."""
        return self.root / "corrections"

    @property
    def airflow(self) -> Path:
        """Metadata database, logs and secrets of Airflow."""
        return self.root / "airflow"

    @property
    def logs(self) -> Path:
        """What happened, one JSON object a line (`warehouse.observability.journal`)."""
        return self.root / "logs"

    def make(self) -> None:
        """Create the folders that are missing."""
        for folder in (
            self.landing,
            self.archive,
            self.build,
            self.staging,
            self.lake,
            self.releases,
            self.quarantine,
            self.corrections,
            self.airflow,
        ):
            folder.mkdir(parents=True, exist_ok=True)
