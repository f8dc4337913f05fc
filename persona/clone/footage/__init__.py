"""Footage of a person, from the file that a telephone wrote to what training reads."""
