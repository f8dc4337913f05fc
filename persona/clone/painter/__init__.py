"""One process that paints the mouths of many shows' clones, on one GPU or on the processor."""
