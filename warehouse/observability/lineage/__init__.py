"""OpenLineage: from the archived document through every model to the release, table by table and column by column."""
