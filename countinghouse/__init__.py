"""The books of every shop a merchant runs: extraction, landing, loading and publishing, as a library.

It knows no scheduler, no web framework and no dashboard: `flows/`, `app/` and `expectations/` call it, never the
other way round.
"""
