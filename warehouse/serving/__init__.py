"""The current release over HTTP, read-only: units, indicators, series, changes, the way back of a number, every mart.

Each answer is of one whole release, says which (`X-Release-Id`), and is made from the release's own file: nothing
here ever opens the build database.
"""
