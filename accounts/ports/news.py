"""Port: the news that somebody is shown after signing in.

Wired by the setting ACCOUNTS_NEWS: functions of the shape of `Tell`, as dotted paths
(`clustersync.adapters.news.news`).
"""

from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User


class Tell(Protocol):
    def __call__(self, user: User, *, since: datetime | None) -> list[str]:
        """Sentences; `since` is their sign-in before this one, None for who never signed in in a browser."""


def news(user: User, *, since: datetime | None) -> list[str]:
    tells: list[Tell] = [import_string(path) for path in settings.ACCOUNTS_NEWS]
    return [sentence for tell in tells for sentence in tell(user, since=since)]
