"""Authentication contexts that a provider is asked for, and how."""

from django.db import models

from common.visible import is_visible


class SecondFactorAsked(models.TextChoices):
    """The ways in which a provider is asked for a second factor."""

    NOT_ASKED = "", "not asked for: as the provider decides"
    ASK = "ask", "asked for: people sign in also if the provider did not do it"
    REQUIRE = "require", "required: people are refused if the provider did not do it"


class Comparison(models.TextChoices):
    """Comparisons of the context that a SAML provider reports with the requested ones (SAML Core §3.3.2.2.1)."""

    EXACT = "exact", "exactly one of them"
    MINIMUM = "minimum", "at least as strong as one of them"
    BETTER = "better", "stronger than any of them"


def are_contexts(given: object) -> bool:
    """Return True for a list of URIs or words, which travel separated by spaces."""
    return (
        isinstance(given, list)
        and len(given) <= 20
        and all(isinstance(one, str) and 0 < len(one) <= 512 and is_visible(one) and " " not in one for one in given)
    )
