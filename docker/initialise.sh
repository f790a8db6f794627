#!/bin/sh
# Before the services start, and after every upgrade: folders, Airflow's metadata, the one-slot writer pool.
set -eu
umask 022

# The readers (web server, HTTP API, BI tool) run as other users and mount the same volume, read-only. They see releases
# and nothing else: bytes as received may hold personal data.
(
	cd "$REFORM_HOME"
	mkdir -p landing archive build/staging lake releases quarantine corrections secrets airflow/logs
	chmod 0700 landing archive build lake quarantine corrections secrets airflow
	chmod 0755 . releases
)

airflow db migrate
airflow pools set warehouse_writer 1 "whoever writes the build or a release"
