"""Answers to the port `access.ports.sources`: what each identity provider may assert."""

from collections.abc import Collection, Mapping

from django.db.models import QuerySet

from access.assertions import Declared
from sso.models import IdentityProvider
from sso.models.providers import with_alias


class DeclaredSources:
    def declared(self, aliases: Collection[str]) -> Mapping[str, Declared]:
        found = {alias: with_alias(alias) for alias in aliases}
        return {alias: provider.declared for alias, provider in found.items() if provider is not None}

    def privileged(self) -> list[str]:
        return list(self.privileging().values_list("alias", flat=True))

    def privileging(self) -> QuerySet[IdentityProvider]:
        return IdentityProvider.objects.filter(privileged=True)

    def aliases(self) -> list[str]:
        return list(IdentityProvider.objects.values_list("alias", flat=True))
