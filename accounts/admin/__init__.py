"""The admin pages of users, groups, sessions and Settings | General. Everything they change goes through the verbs."""

from accounts.admin import groups, sessions, settings, users

__all__ = ["groups", "sessions", "settings", "users"]
