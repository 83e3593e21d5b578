"""The audit log in the admin: a timeline to read, narrow and hand out."""

from audit.admin import events

__all__ = ["events"]
