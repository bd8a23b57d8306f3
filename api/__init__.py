"""The HTTP API: the published copy for other systems, and where platforms push what changed."""
