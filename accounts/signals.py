"""Facts that accounts announces, inside the transaction that makes them true.

Each sends `actor` and its object: `user`, `group` or `session`. What is deleted is announced while it still exists.
"""

from django.dispatch import Signal

user_deleted = Signal()
user_renamed = Signal()  # and `before`: the e-mail address that the user had
session_revoked = Signal()
session_started = Signal()  # no actor; and `general`, the settings that it began by
group_deleted = Signal()
