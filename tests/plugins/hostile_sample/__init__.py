"""A plug-in that tries what it should not. Its account's field `mode` says what."""
