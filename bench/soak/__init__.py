"""Long runs of whole shows: `real` in real time on this machine, `virtual` for a day in an hour."""
