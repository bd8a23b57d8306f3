"""The HTTP API: FastAPI around the library's functions."""
