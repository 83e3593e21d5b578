"""Applications and signing keys in the admin."""

from tokens.admin import applications, keys

__all__ = ["applications", "keys"]
