"""The admin pages of users, groups, sessions and Settings | General. Everything they change goes through the verbs."""

from accounts.admin import branding, groups, mail, sessions, settings, users

__all__ = ["branding", "groups", "mail", "sessions", "settings", "users"]
