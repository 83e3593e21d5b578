"""Answers to the port `accounts.ports.tried`, by one statement: to build it as a query takes ten times as long.

In its rows the user stands beside each of two System administrators, or of as many as there are: those named by their
e-mail and those by a group, as in `access.services.administrators`. Where nobody has the address it reads the same.
"""

from datetime import datetime

from access.services.administrators import two_administrators
from accounts.models import User
from accounts.ports.tried import TriedAccount
from common.lookup import Columns, Listing

PERSON = Columns(User, "person")
STATEMENT = Listing(
    ("accounts", "access", "sso"),
    """
    SELECT {columns},
        EXISTS (
            SELECT 1 FROM {session} AS seen
            WHERE seen.user_id = person.id AND seen.source_ip = %s AND seen.created_at > %s
        ),
        EXISTS (SELECT 1 FROM {identityprovider} AS provider WHERE provider.privileged),
        administrator.id = person.id
    FROM (SELECT 1) AS always
    LEFT JOIN {user} AS person ON person.email = %s
    LEFT JOIN (
        SELECT id FROM (
            SELECT local.id FROM {user} AS local
            WHERE local.enabled AND local.is_local AND local.email IN (
                SELECT rule.subject_id FROM {accessrule} AS rule
                WHERE rule.administers AND rule.subject_type = 'user' AND rule.source IN ('', 'local')
            )
            LIMIT 2
        ) AS by_email
        UNION
        SELECT id FROM (
            SELECT DISTINCT local.id FROM {membership} AS member
            JOIN {user} AS local ON local.id = member.user_id
            JOIN {group} AS grp ON grp.id = member.group_id
            WHERE member.source = '' AND local.enabled AND local.is_local AND grp.name IN (
                SELECT rule.subject_id FROM {accessrule} AS rule
                WHERE rule.administers AND rule.subject_type = 'group' AND rule.source IN ('', 'local')
            )
            LIMIT 2
        ) AS by_group
    ) AS administrator ON TRUE
    """.replace("{columns}", PERSON.sql),
)


def read(email: str, *, source_ip: str | None, since: datetime) -> TriedAccount:
    rows = STATEMENT(source_ip, since, email)
    *columns, is_familiar, by_provider, _ = rows[0]
    user = PERSON.made_of(columns)
    # A provider may make administrators too, by the groups that it declares.
    is_last = two_administrators() == {user and user.pk} if by_provider else all(row[-1] for row in rows)
    return TriedAccount(user, bool(is_familiar), is_last)
