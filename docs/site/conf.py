"""The documentation site: the Markdown pages of docs/ with the theme Furo. Built by `make site`."""

import re

project = "reform-indicators"
html_title = "reform-indicators"
author = "reform-indicators"
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["site", "notebooks/*.ipynb", "serving/superset"]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# A link that leads nowhere, inside the site or to a file of the project, is a warning, and a warning fails the build.
nitpicky = True
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_static_path = ["../images"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False


def _name_the_other_pages(app, docname, source):
    """A page the navigation does not name yet stands in it where it says `other-pages`."""
    if docname == "index":
        named = {"index", *re.findall(r"^[\w./-]+$", source[0], re.MULTILINE)}
        others = sorted(page for page in app.env.found_docs - named if not page.startswith("decisions/"))
        source[0] = re.sub(r"^other-pages$", "\n".join(others), source[0], flags=re.MULTILINE)


def setup(app):
    """Called by Sphinx."""
    app.connect("source-read", _name_the_other_pages)
