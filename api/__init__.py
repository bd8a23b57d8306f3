"""The HTTP API over the published copy: FastAPI lives here, and nowhere else but in the simulator."""
