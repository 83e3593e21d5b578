"""Pages between a browser and its directory. None needs a session, and most begin one."""
