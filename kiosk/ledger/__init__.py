"""The evidence log: what an entry says, its final bytes, its hash, and how personal data is sealed. Pure."""
