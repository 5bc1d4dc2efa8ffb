"""The set-up in the browser at the first start: it asks one thought at a time and writes the venue file."""
