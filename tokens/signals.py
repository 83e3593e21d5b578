"""Signals by which tokens announces what happened to the layers above it."""

from django.dispatch import Signal

# kids: list[str], of the keys that somebody was just given; who it was says the request at hand.
jwks_fetched = Signal()
