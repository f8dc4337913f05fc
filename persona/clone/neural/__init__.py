"""The embedded engine: a small network per person that paints the mouth, trained on their own footage."""
