"""The texts that lists are searched for, with an index each where the database has one for parts of texts."""

from django.db.models import Model

from access.models import AccessRule, Scope
from accounts.models import Group, User
from common.searching import has_trigrams, index_texts
from sso.models import Identity

SEARCHED: dict[type[Model], tuple[str, ...]] = {
    User: ("email", "first_name", "last_name"),
    Group: ("name", "description"),
    Identity: ("email", "subject"),
    Scope: ("name",),
    AccessRule: ("subject_id",),
}


def make_search_indexes() -> bool:
    """Make those that are missing. Return False where the database has none of the kind."""
    if not has_trigrams():
        return False
    for model, fields in SEARCHED.items():
        index_texts(model, fields)
    return True
