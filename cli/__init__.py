"""The `reform` command: arguments, progress and wording; no logic."""
