"""Writes the scorecards of a release: every page in both languages, the data behind every chart, style and script."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from warehouse.connection import reader
from warehouse.marks import MARKS
from warehouse.pages import Language, page_environment
from warehouse.quality_page import REASONS
from warehouse.scorecards import compare_view, country_view, indicator_view, unit_view
from warehouse.scorecards.league_view import LeagueView, league_of
from warehouse.scorecards.material import Material, read_material, value_marks
from warehouse.scorecards.pictures import Picture, write_table
from warehouse.scorecards.series import named_breaks
from warehouse.scorecards.wording import Writer

LANGUAGES: tuple[Language, ...] = ("vi", "en")
FOLDER = "scorecards"
_ASSETS = Path(__file__).parent.parent / "templates" / "scorecards" / "assets"
#: The marts the pages are made of; a part of a build that lacks one gets no scorecards.
_NEEDED = ("dim_unit", "dim_index", "metric_yoy", "metric_strength_weakness", "metric_contribution", "fct_portal_month",
           "metric_target_progress", "fct_satisfaction", "dim_indicator_break")  # fmt: skip


@dataclass(frozen=True)
class SiteReport:
    """What was written: HTML pages of both languages, charts drawn, bytes of all files, seconds."""

    pages: int
    charts: int
    size_bytes: int
    seconds: float


def write_scorecards(database: Path, docs: Path, release_id: str) -> SiteReport | None:
    """Write `scorecards/` into `docs` from the release `database`; None for a part of a build."""
    started = time.perf_counter()
    with reader(database) as connection:
        present = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if not present.issuperset(_NEEDED):
            return None
        material = read_material(connection, release_id)
    site = _Site(material, docs / FOLDER)
    site.write()
    files = [path for path in (docs / FOLDER).rglob("*") if path.is_file()]
    return SiteReport(
        pages=sum(1 for path in files if path.suffix == ".html"),
        charts=site.charts,
        size_bytes=sum(path.stat().st_size for path in files),
        seconds=time.perf_counter() - started,
    )


class _Site:
    """The pages of one release; a view is made and drawn once, then written in every language."""

    def __init__(self, material: Material, folder: Path) -> None:
        self.material = material
        self.folder = folder
        self.charts = 0
        kinds = {"province", "ministry"}
        self.unit_codes = [
            code
            for code, unit in material.units.items()
            if unit.kind in kinds and (code in material.of_unit or code in material.portal)
        ]
        self._written: set[str] = set()

    def write(self) -> None:
        """Write everything."""
        shutil.copytree(_ASSETS, self.folder / "assets")
        (self.folder / "index.html").write_text(
            page_environment("vi").get_template("scorecards/start.html.j2").render(), "utf-8"
        )
        leagues = self._leagues()
        country = country_view.view_of(self.material, leagues, self.unit_codes)
        pictures = country.featured.pictures if country.featured else ()
        self._page("country", "index.html", view=country, pictures=pictures)
        self._indicators()
        self._compare(country)
        breaks = {code: named_breaks(rows) for code, rows in self.material.breaks.items()}
        self._page("method", "method.html", methods=self.material.methods, breaks=breaks, reasons=REASONS)
        self._page("quality", "quality.html", quality=self.material.quality)
        for code in self.unit_codes:
            unit = unit_view.view_of(self.material, code)
            self._page("unit", f"units/{code}.html", view=unit, pictures=unit.pictures)

    def _leagues(self) -> dict[tuple[str, int], LeagueView]:
        codes = [row["index_code"] for row in self.material.indices]
        keys = {
            (code, one.year)
            for code in codes
            for one in self.material.of_indicator.get(code, [])
            if one.value is not None or one.rank is not None
        }
        leagues = {key: league_of(self.material, *key) for key in sorted(keys)}
        for (code, _), league in leagues.items():
            years = [year for index, year in leagues if index == code]
            self._page("league", f"leagues/{league.file_name}", view=league, years=years, pictures=league.pictures)
        return leagues

    def _indicators(self) -> None:
        codes = [code for code in self.material.indicators if code in self.material.of_indicator]
        shown = [self.material.indicators[code] for code in codes]
        self._page("indicators", "indicators/index.html", list=shown)
        for code in codes:
            view = indicator_view.view_of(self.material, code)
            pictures = (view.picture,) if view.picture else ()
            self._page("indicator", f"indicators/{code}.html", view=view, pictures=pictures)

    def _compare(self, country: country_view.CountryView) -> None:
        columns = [(row.indicator.code, row.full_year) for row in country.indices if row.full_year is not None]
        self._page("compare", "compare.html", view=compare_view.view_of(self.material, self.unit_codes, columns))
        assets = self.folder / "assets"
        (assets / "units").mkdir()
        (assets / "indicators.js").write_text(compare_view.names_file(self.material), "utf-8")
        for code in self.unit_codes:
            script = compare_view.data_file(self.material, self.material.units[code])
            (assets / "units" / f"{code}.js").write_text(script, "utf-8")

    def _page(self, kind: str, here: str, pictures: tuple[Picture, ...] = (), **content: Any) -> None:
        for picture in pictures:
            if picture.name not in self._written:
                write_table(picture.table, self.folder / "data" / f"{picture.name}.csv")
                self._written.add(picture.name)
                self.charts += 1
        for language in LANGUAGES:
            path = self.folder / language / here
            path.parent.mkdir(parents=True, exist_ok=True)
            template = page_environment(language).get_template(f"scorecards/{kind}.html.j2")
            path.write_text(template.render(**self._shared(language, here), **content), "utf-8")

    def _shared(self, language: Language, here: str) -> dict[str, Any]:
        return {
            "w": Writer(language),
            "here": here,
            "root": "../" * (here.count("/") + 1),
            "marks": tuple(MARKS.values()),
            "sign": {code: mark.sign for code, mark in MARKS.items()},
            "units": self.material.units,
            "pages": set(self.unit_codes),
            "indicators": self.material.indicators,
            "indices": self.material.indices,
            "release_id": self.material.release_id,
            "inline": _inliner(language),
            "value_marks": value_marks,
        }


def _inliner(language: Language) -> Callable[[Picture], Markup]:
    def inline(picture: Picture) -> Markup:
        title, text = (words[language == "en"] for words in (picture.title, picture.text))
        name = picture.name.rsplit("/", 1)[-1]
        # Drawn by the library, which escapes what it prints; the words put in afterwards are escaped too.
        return Markup(picture.drawing.inline(language, name, title, text))  # noqa: S704  # nosec B704

    return inline
