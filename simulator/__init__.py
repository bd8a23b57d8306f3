"""The outside world, pretended: one invented shop, served as the APIs its owner would connect.

One seeded world (`world.py`) is shown through DummyJSON's and Stripe's HTTP APIs. It knows the truth, so a test can
ask what every number should be; it has a clock that can be moved, and it can be told to fail. It shares no code with
the programs that read it.
"""
