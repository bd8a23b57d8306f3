"""The questions the pages ask of the published copy: one module per page, one function per card.

Each function takes the `View` (period, comparison, stores, currency) or the copy alone, binds its parameters, and says
in its docstring what frame comes back. Sums, shares, ranks and "Other" are made in SQL; money comes back as Decimal.
"""
