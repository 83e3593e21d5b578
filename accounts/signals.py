"""Facts that accounts announces, inside the transaction that makes them true. Each sends `user` (or `session`)."""

from django.dispatch import Signal

user_disabled = Signal()
user_deleted = Signal()
password_changed = Signal()
session_revoked = Signal()
group_deleted = Signal()
