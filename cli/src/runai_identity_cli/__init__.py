"""The people's command line, and the plugin by which kubectl gets their tokens. Knows the server only by HTTP."""

__version__ = "0.2.0"

downloaded_from = ""  # the server that handed it out, where one did
