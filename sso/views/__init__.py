"""The pages between people's browsers and their directory; no page of these needs a session, and most begin one."""
