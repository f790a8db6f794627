"""Telling people: one message per event by e-mail and webhook, remembered so that it is not told twice."""
