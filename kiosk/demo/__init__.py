"""A venue with simulated people: a camera that sees drawn pictures, visitors with demo codes, an evening's script.

Nothing of it takes part where the venue file says ``production``.
"""
