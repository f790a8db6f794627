"""Which landing folders there are, and who reads them. Imports nothing heavy: the triggerer reads this too."""

from __future__ import annotations

#: Who reads -> the landing folders of its sources. What the portal answers is announced by who asks it.
READERS: dict[str, tuple[str, ...]] = {
    "indices": ("annex", "papi", "pci"),
    "dossiers": ("dossiers",),
    "surveys": ("survey",),
}
SOURCES: tuple[str, ...] = tuple(sorted(source for sources in READERS.values() for source in sources))
