"""What a semantic manifest holds, in words people use: metrics, what they may be grouped by, what must not be mixed.

Read from the JSON alone: listing the metrics needs no MetricFlow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from warehouse.release_tables import COMMENT_SEPARATOR

TWIN_SUFFIX = "_on_2025_map"
_MAP = "boundary"
#: MetricFlow keeps `year` for itself as a grain of time; nobody should have to know that.
_CALLED = {"data_year": "year"}


@dataclass(frozen=True)
class Dimension:
    """Something a metric can be grouped by: `name` is what people type, `qualified` what MetricFlow calls it."""

    name: str
    qualified: str
    is_entity: bool
    text_en: str
    text_vi: str

    @property
    def template(self) -> str:
        """The dimension in a condition, as MetricFlow's templates name it."""
        return f"{{{{ {'Entity' if self.is_entity else 'Dimension'}('{self.qualified}') }}}}"


@dataclass(frozen=True)
class Metric:
    """One definition.

    `one_at_a_time` must be grouped by or held to one value, or scales are mixed; `kept_apart` is grouped by unasked;
    `rests_on` is the metric that counts what an average or a share is made of, and is answered beside it.
    Texts hold what it is and, after an empty line, what to read before use.
    """

    name: str
    label: str
    text_en: str
    text_vi: str
    dimensions: tuple[Dimension, ...]
    one_at_a_time: tuple[Dimension, ...]
    kept_apart: tuple[Dimension, ...]
    rests_on: str | None
    is_on_a_map: bool

    @property
    def twin(self) -> str:
        """The same metric on the other map; only of one that is on a map."""
        return self.name.removesuffix(TWIN_SUFFIX) if self.name.endswith(TWIN_SUFFIX) else self.name + TWIN_SUFFIX

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "name": self.name,
            "label": self.label,
            "description_en": self.text_en,
            "description_vi": self.text_vi,
            "dimensions": [
                {"name": item.name, "description_en": item.text_en, "description_vi": item.text_vi}
                for item in self.dimensions
            ],
            "one_at_a_time": [item.name for item in self.one_at_a_time],
            "kept_apart": [item.name for item in self.kept_apart],
            "rests_on": self.rests_on,
            "on_the_other_map": self.twin if self.is_on_a_map else None,
        }


def read_catalogue(manifest: dict[str, Any]) -> dict[str, Metric]:
    """The metrics of a parsed `semantic_manifest.json`, by name, in its order.

    Raises:
        KeyError: it is not shaped like one.
    """
    models = {model["name"]: model for model in manifest["semantic_models"]}
    model_of = {measure["name"]: model for model in models.values() for measure in model["measures"]}
    by_entity = {
        entity["name"]: model
        for model in models.values()
        for entity in model["entities"]
        if entity["type"] == "primary"
    }
    return {metric["name"]: _metric(metric, model_of, by_entity) for metric in manifest["metrics"]}


def _metric(metric: dict[str, Any], model_of: dict[str, Any], by_entity: dict[str, Any]) -> Metric:
    # All measures of a metric are of one semantic model (tests/warehouse/test_metric_definitions.py).
    model = model_of[metric["type_params"]["input_measures"][0]["name"]]
    dimensions = tuple(sorted(_dimensions(model, by_entity), key=lambda item: (not item.is_entity, item.name)))
    columns = {item.qualified.rpartition("__")[2]: item for item in dimensions}
    meta = metric["config"]["meta"]
    english, vietnamese = _halves(metric["description"])
    return Metric(
        name=metric["name"],
        label=metric["label"] or metric["name"],
        text_en=english,
        text_vi=vietnamese,
        dimensions=dimensions,
        one_at_a_time=tuple(columns[name] for name in meta.get("one_at_a_time", ())),
        kept_apart=tuple(columns[name] for name in meta.get("kept_apart", ())),
        rests_on=meta.get("rests_on"),
        is_on_a_map=any(item["name"] == _MAP for item in model["dimensions"]),
    )


def _dimensions(model: dict[str, Any], by_entity: dict[str, Any]) -> Iterator[Dimension]:
    """The entities of a semantic model, its own dimensions but time and map, and those of what it points to."""
    yield from _own_dimensions(model)
    for entity in model["entities"]:
        yield Dimension(entity["name"], entity["name"], True, *_halves(entity["description"]))
        if entity["type"] == "foreign" and entity["name"] in by_entity:
            yield from _own_dimensions(by_entity[entity["name"]])


def _own_dimensions(model: dict[str, Any]) -> Iterator[Dimension]:
    primary = model["primary_entity"] or next(item["name"] for item in model["entities"] if item["type"] == "primary")
    for item in model["dimensions"]:
        if item["type"] == "categorical" and item["name"] != _MAP:
            name = _CALLED.get(item["name"], item["name"])
            yield Dimension(name, f"{primary}__{item['name']}", False, *_halves(item["description"]))


def _halves(text: str | None) -> tuple[str, str]:
    """The English and the Vietnamese part; lines of a paragraph joined, paragraphs kept."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in (text or "").split("\n\n")]
    english, _, vietnamese = "\n\n".join(paragraphs).partition(COMMENT_SEPARATOR)
    return english.strip(), vietnamese.strip()
