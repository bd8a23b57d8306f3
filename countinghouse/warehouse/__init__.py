"""The warehouse: opening it, loading batches into it, remembering where each source was read to, and what each run did.

Only this package opens DuckDB files.
"""
