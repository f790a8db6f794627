"""The documentation site: the Markdown pages of docs/ with the theme Furo. Built by `make site`."""

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
# Globs of the navigation may find nothing: a subject without a page of its own yet.
suppress_warnings = ["misc.highlighting_failure", "toc.empty_glob"]

html_theme = "furo"
html_static_path = ["../images"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
