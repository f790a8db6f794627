"""From a wave in the lake to shares with their uncertainty; docs/surveys.md and decision 0018 say how."""
