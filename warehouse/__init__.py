"""The build database, its one writer, and the releases readers see."""
