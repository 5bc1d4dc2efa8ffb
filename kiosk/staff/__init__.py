"""The staff of a venue: what has been seen of each, and what the law asks of them and when. Pure: no file, no clock."""
