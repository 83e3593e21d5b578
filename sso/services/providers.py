"""Connect, change and remove company directories."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

import audit.services as audit
from access.assertions import ALL, normal_domain, normal_group
from access.services import keeping_an_administrator, revoke_rules_from
from access.services.locking import lock_tree
from accounts.models import Membership, Session, User
from accounts.services.posix import withdraw_posix_ids
from accounts.services.sessions import revoke_session
from accounts.services.typed import printable
from common.actors import Actor
from common.announcements import Changed, announce
from common.encryption import encrypt
from common.errors import Conflict, Invalid
from common.locking import lock, lock_to_remove
from common.wording import Wording
from sso.models import IdentityProvider
from sso.models.providers import ProviderType
from sso.services.authorization import require_to_manage, require_to_take_away
from sso.services.keys import make_first_key
from sso.services.metadata import FROM_METADATA, load_metadata

ALIAS_TAKEN = "There is an identity provider with the alias {alias} already."
NO_DOMAINS = """Say first whose addresses {provider} may assert, as its e-mail domains: example.com, or * for \
every one. Otherwise it could sign people in as those of another directory."""
MOST_DECLARED = 500
MAPPING = frozenset(
    {
        "email_attribute",
        "first_name_attribute",
        "last_name_attribute",
        "groups_attribute",
        "uid_attribute",
        "gid_attribute",
        "supplementary_groups_attribute",
    }
)
DOMAIN = frozenset({"email_domains", "group_names", "posix_ids", "posix_ids_from", "privileged"})
CHANGEABLE = frozenset(
    {
        *MAPPING,
        *DOMAIN,
        "name",
        "position",
        "name_id_format",
        "subject_attribute",
        "allow_idp_initiated",
        "metadata_entity_id",
        "client_id",
        "client_authentication",
        "scopes",
        "mandatory_claim",
        "create_users",
        "link_by_email",
        "trust_email",
        "keep_groups",
        *("second_factor", "authn_contexts", "authn_comparison"),
    }
)
# Defaults of the first directory, which has to work at once. For every further one an administrator declares them.
DOMAIN_OF_THE_FIRST = {"email_domains": [ALL], "group_names": [ALL], "posix_ids": True}


def connect_provider(
    *,
    actor: Actor,
    alias: str,
    type: str,
    metadata_url: str = "",
    metadata: str = "",
    client_secret: str = "",
    enabled: bool = False,
    **fields: Any,
) -> IdentityProvider:
    """Register a directory by its metadata or the address of it; `fields` are those of CHANGEABLE.

    It starts disabled, so that it can be tested. The first one may assert any address, group and POSIX id from 1000 on,
    unless `fields` say otherwise; every further one nothing. Raise Invalid if the metadata can't be fetched or used.
    Fetching comes before the transaction: nobody may wait for somebody else's slow server.
    """
    require_to_manage(actor)
    is_first = not IdentityProvider.objects.exists()
    fields = {**(DOMAIN_OF_THE_FIRST if is_first else {}), **fields}
    provider = IdentityProvider(alias=alias, type=type, created_by=str(actor), **_changeable(fields))
    provider.name = provider.name or ProviderType(provider.type).label
    provider.client_secret_encrypted = encrypt(client_secret.encode()) if client_secret else b""
    provider.enabled = enabled
    _validate(provider, client_secret=client_secret)
    load_metadata(provider, url=metadata_url, text=metadata)
    _register(actor, provider, is_first=is_first)
    return provider


@transaction.atomic
def _register(actor: Actor, provider: IdentityProvider, *, is_first: bool) -> None:
    require_to_manage(actor)  # still: fetching took its time
    if is_first and IdentityProvider.objects.exists():
        raise Conflict("not_the_first", "Another identity provider was connected at this moment. Try again.")
    try:
        with transaction.atomic():
            provider.save(force_insert=True)
    except IntegrityError:
        raise _taken(provider.alias) from None
    if provider.type == ProviderType.SAML:
        make_first_key(provider)
    audit.record(
        "identity_provider:connect",
        actor=actor,
        target=provider,
        alias=provider.alias,
        type=str(provider.type),
        enabled=provider.enabled,
        gives=_what_it_gives(provider),
    )
    announce(Changed.PROVIDER, provider)


def update_provider(
    *,
    actor: Actor,
    provider: IdentityProvider,
    metadata_url: str | None = None,
    metadata: str = "",
    client_secret: str = "",
    enabled: bool | None = None,
    **changes: Any,
) -> IdentityProvider:
    """Change the given fields. A blank `client_secret` keeps the old one. Fetches as `connect_provider` does."""
    require_to_manage(actor)
    _changeable(changes)
    read = None
    if metadata_url or metadata:
        read = IdentityProvider.objects.filter(pk=provider.pk).first() or provider
        read.metadata_entity_id = changes.get("metadata_entity_id", read.metadata_entity_id)
        load_metadata(read, url=metadata_url or "", text=metadata)
    return _update(actor, provider, read, client_secret=client_secret, enabled=enabled, changes=changes)


@transaction.atomic
def _update(
    actor: Actor,
    provider: IdentityProvider,
    read: IdentityProvider | None,
    *,
    client_secret: str,
    enabled: bool | None,
    changes: dict[str, Any],
) -> IdentityProvider:
    lock_tree()  # before the provider, as whoever removes one
    require_to_manage(actor)  # still: fetching took its time
    # Otherwise a sign-in under way could write what its provider may no longer assert.
    provider = lock_to_remove(provider) if DOMAIN & changes.keys() else lock(provider)
    changed = {name for name, value in _changeable(changes).items() if getattr(provider, name) != value}
    vars(provider).update(changes)
    if client_secret:
        provider.client_secret_encrypted = encrypt(client_secret.encode())
        changed.add("client_secret")
    _validate(provider, client_secret=client_secret or "kept")
    if read is not None:
        for name in FROM_METADATA:
            setattr(provider, name, getattr(read, name))
        changed.add("metadata")
    elif "metadata_entity_id" in changed:
        load_metadata(provider, url=provider.metadata_url, text=provider.metadata_text)
    with keeping_an_administrator():
        provider.save()
    if changed & {"posix_ids", "posix_ids_from"}:
        withdraw_posix_ids(actor=actor, source=provider.alias, may_set=provider.may_set_posix_id)
    audit.record(
        "identity_provider:update",
        actor=actor,
        target=provider,
        changed=sorted(changed),
        gives=_what_it_gives(provider),
    )
    announce(Changed.PROVIDER, provider)
    if enabled not in (None, provider.enabled):
        (enable_provider if enabled else disable_provider)(actor=actor, provider=provider)
    return provider


@transaction.atomic
def enable_provider(*, actor: Actor, provider: IdentityProvider) -> None:
    """Let people sign in through the provider again, earlier users included."""
    require_to_manage(actor)
    _require_email_domains(provider)
    _switch(provider, True)
    audit.record("identity_provider:enable", actor=actor, target=provider)
    announce(Changed.PROVIDER, provider)


@transaction.atomic
def disable_provider(*, actor: Actor, provider: IdentityProvider) -> None:
    """Refuse sign-ins through the provider and the sessions it began, until it is enabled again."""
    require_to_take_away(actor, provider)
    _switch(provider, False)
    audit.record("identity_provider:disable", actor=actor, target=provider)
    announce(Changed.PROVIDER, provider)


@transaction.atomic
def delete_provider(*, actor: Actor, provider: IdentityProvider) -> None:
    """Remove the provider with its identities, memberships and POSIX ids, and the rules that only it could meet.

    Its users stay. A user whom another provider knows belongs to that one from now on; the others have no way in.
    """
    with keeping_an_administrator():
        require_to_take_away(actor, provider)
        lock_to_remove(provider)
        withdraw_posix_ids(actor=actor, source=provider.alias, may_set=lambda _: False)
        _leave_users_to_others(provider)  # before their sessions, as whoever changes a user
        for session in Session.objects.live().filter(provider_id=provider.pk).select_related("user").order_by("pk"):
            revoke_session(actor=actor, session=session, because="provider removed")
        Membership.objects.filter(source=provider.alias).delete()
        revoke_rules_from(actor=actor, source=provider.alias)
        audit.record("identity_provider:delete", actor=actor, target=provider, alias=provider.alias)
        announce(Changed.PROVIDER, provider)
        provider.delete()


def _leave_users_to_others(provider: IdentityProvider) -> None:
    """Give the users to other providers, so that a later provider of the same alias finds none."""
    theirs = User.objects.filter(source=provider.alias)
    for other in IdentityProvider.objects.exclude(pk=provider.pk):
        theirs.filter(pk__in=other.identities.values("user")).update(source=other.alias)
    theirs.update(source="")
    User.objects.filter(email_verified_by=provider.alias).update(email_verified_by="")


def _switch(provider: IdentityProvider, enabled: bool) -> None:
    lock(provider)
    switched = IdentityProvider.objects.filter(pk=provider.pk).exclude(enabled=enabled)
    if not switched.update(enabled=enabled, updated_at=timezone.now()):
        already = "{provider} is enabled already." if enabled else "{provider} is disabled already."
        raise Conflict("already", Wording(already, provider=provider))
    provider.enabled = enabled


def _changeable(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise Invalid("not_editable", Wording("These can't be set: {unknown}.", unknown=", ".join(sorted(unknown))))
    return printable(fields)


def _validate(provider: IdentityProvider, *, client_secret: str) -> None:
    try:
        provider.full_clean(exclude=["peer", "client_secret_encrypted"], validate_unique=False)
    except ValidationError as error:
        raise Invalid("bad_provider", " ".join(error.messages)) from None
    if IdentityProvider.objects.filter(alias=provider.alias).exclude(pk=provider.pk).exists():
        raise _taken(provider.alias)
    for name, normal in (("email_domains", normal_domain), ("group_names", normal_group)):
        setattr(provider, name, _normal(getattr(provider, name), normal, field=name))
    if provider.enabled:
        _require_email_domains(provider)
    if not provider.email_attribute:
        raise Invalid("bad_mapping", "The mapping has to name the attribute of the e-mail.", field="email_attribute")
    if provider.type != ProviderType.SAML and not (provider.client_id and client_secret):
        raise Invalid("bad_provider", "OpenID Connect needs a client ID and a client secret.", field="client_id")


def _normal(given: object, normal: Callable[[str], str], *, field: str) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given) or len(given) > MOST_DECLARED:
        raise Invalid("bad_declaration", Wording("Give a list of at most {n} texts.", n=MOST_DECLARED), field=field)
    try:
        return list(dict.fromkeys(normal(one) for one in given))
    except ValueError as problem:
        raise Invalid("bad_declaration", str(problem), field=field) from None


def _require_email_domains(provider: IdentityProvider) -> None:
    if not provider.email_domains:
        raise Invalid("no_email_domains", Wording(NO_DOMAINS, provider=provider), field="email_domains")


def _taken(alias: str) -> Conflict:
    return Conflict("provider_exists", Wording(ALIAS_TAKEN, alias=alias))


def _what_it_gives(provider: IdentityProvider) -> dict[str, object]:
    """Return the fields for the audit log that make a directory powerful."""
    return {
        "email_domains": provider.email_domains,
        "group_names": provider.group_names,
        "posix_ids_from": provider.posix_ids_from if provider.posix_ids else None,
        "privileged": provider.privileged,
        "link_by_email": provider.link_by_email,
        "trust_email": provider.trust_email,
        "second_factor": provider.second_factor,
        "create_users": provider.create_users,
        "allow_idp_initiated": provider.allow_idp_initiated,
    }
