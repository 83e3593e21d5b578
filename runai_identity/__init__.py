"""Composition only: settings, URLs, WSGI and the admin site. Nobody imports it."""
