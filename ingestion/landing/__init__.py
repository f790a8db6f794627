"""Where files arrive: the landing folder, and an address elsewhere from which they are copied into it."""
