"""When, in what order, and what happens on failure: Prefect around the library's functions."""

import sys

from countinghouse.settings import set_up_tools

# A worker has imported Prefect, and read its settings, before it loads a flow; what is set now would only reach others.
if "prefect" not in sys.modules:
    set_up_tools()
