"""The portal: client, pages, archive, fetching, stand-in."""
