"""Foreign code in a process that can do only what it declares."""
