"""The language in which a person reads our pages."""

from django.conf import settings
from django.db import transaction

import audit.services as audit
from accounts.models import User
from common.errors import Invalid
from common.wording import Wording


@transaction.atomic
def choose_language(*, actor: User, language: str) -> None:
    """Keep the language with the person; "" stands for the one that the browser asks for."""
    if language and language not in dict(settings.LANGUAGES):
        raise Invalid(
            "unknown_language", Wording("The languages are {languages}.", languages=", ".join(dict(settings.LANGUAGES)))
        )
    if User.objects.filter(pk=actor.pk).exclude(language=language).update(language=language):
        audit.record("user:language", actor=actor, target=actor, language=language)
