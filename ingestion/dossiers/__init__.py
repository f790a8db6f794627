"""Dossiers: exports of single procedures from the portals, typed, judged and merged into the Parquet lake."""
