"""The HTTP API: the published copy for other systems, and where platforms push. FastAPI lives only here and in the
simulator."""
