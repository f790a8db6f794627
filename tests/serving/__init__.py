"""What serves a release: its files and the servers it is put into."""
