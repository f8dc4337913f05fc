"""Chaos: random faults at random moments, also several at once, in a fleet of light shows."""
