"""Users, groups, sessions, passwords, the inactivity timeout and Settings | General.

What somebody may do is the business of `access`.
"""
