"""The National Public Service Portal: asking its statistics service, and keeping what it answered."""
