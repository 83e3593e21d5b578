"""Formats of dates on pages: as in logs and in the API, in UTC."""
