"""Seeing an installation: its log, its metrics, and where each dataset came from. Nothing here can fail a load."""
