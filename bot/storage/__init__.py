"""One place for what several machines need, and for what must outlive the one that made it."""
