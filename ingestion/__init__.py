"""Sources: from received bytes to typed figures that know their cell. Imports no Airflow."""
