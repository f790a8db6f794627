"""The scorecards of a release: static pages on which a province or ministry sees where it stands.

`site` writes them all; `material` reads the marts once; every kind of page has a file that makes its view (frozen
dataclasses, no HTML) and its charts; the templates stand in `warehouse/templates/scorecards/`.
"""
