"""Webhooks: news that a platform pushes, proved, kept until they are read, and never believed for what they say.

An event only says which objects changed. What they are now is asked of the platform's API (see `docs/webhooks.md`), so
an event that is late, stale, doubled or out of order can do no harm, and one that never came is found by the daily run.
"""
