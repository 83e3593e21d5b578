"""Restrict what a provider asserts to what an administrator declared.

Every sign-in is restricted here before a user is found or made, and so is every later answer of the provider.
"""

from collections.abc import Iterable
from dataclasses import replace

from access.services.standing import exceeding, leading_groups
from accounts.models import User
from common.wording import Wording
from sso.check_log import CheckLog
from sso.mapping import EmailVerified, MappedUser
from sso.models import IdentityProvider
from sso.ports.extra_groups import groups_bound_by_clusters

ADDRESS = "It may assert this e-mail address"
VERIFIED = "The e-mail address is verified"
GROUPS = "Groups left out"
IDS = "POSIX ids left out"


def restrict_to_declared(provider: IdentityProvider, mapped: MappedUser, log: CheckLog) -> MappedUser:
    """Return the user without what the provider may not assert; refuse a user whose address it may not."""
    domain = mapped.email.rpartition("@")[2]
    log.require(
        provider.declared.covers_address(mapped.email),
        ADDRESS,
        "address_not_declared",
        Wording(
            "{domain} is not among its e-mail domains: {email_domains}.",
            domain=domain,
            email_domains=", ".join(provider.email_domains) or Wording("none is declared"),
        ),
        passed=domain,
    )
    _note_verified(provider, mapped, log)
    left_out = groups_left_out(provider, mapped.groups)
    if left_out:
        told = (Wording("{name} ({why})", name=name, why=why) for name, why in left_out.items())
        log.noted(GROUPS, Wording.joined(", ", told), "groups_left_out")
    groups = tuple(name for name in mapped.groups if name not in left_out)
    return replace(restrict_posix_ids(provider, mapped, log), groups=groups)


def verifies(provider: IdentityProvider, mapped: MappedUser) -> bool:
    """Return True if the provider vouches for the address. An administrator chose what a missing claim means."""
    verified = mapped.email_verified
    return verified is EmailVerified.YES or (verified is EmailVerified.UNSAID and provider.vouches_in_silence)


def _note_verified(provider: IdentityProvider, mapped: MappedUser, log: CheckLog) -> None:
    verified = mapped.email_verified
    if verified is EmailVerified.YES:
        log.passed(VERIFIED, "email_verified is true")
    elif verifies(provider, mapped):
        log.passed(VERIFIED, "The provider doesn't say, and its addresses count as verified.")
    elif verified is EmailVerified.UNSAID:
        log.noted(VERIFIED, "There is no email_verified, so it counts as not verified.", "email_unsaid")
    else:
        log.noted(VERIFIED, "email_verified is not true.", "email_unverified")


def groups_left_out(provider: IdentityProvider, names: Iterable[str]) -> dict[str, str]:
    """Return the groups that this provider may not assert, with the reason."""
    names, declared = list(names), provider.declared
    why = {name: Wording("not among its groups") for name in names if not declared.covers_group(name)}
    if names and not provider.privileged:
        leads = Wording("its rules can lead to System administrator, and this provider may make none")
        is_bound = Wording("a cluster binds it itself, so it has to be declared by name or prefix")
        for name in leading_groups(names, provider.alias):
            why.setdefault(name, leads)
        bound = groups_bound_by_clusters()
        for name in names:
            if name in bound and not declared.may_fill(name):
                why.setdefault(name, is_bound)
    return {name: why[name] for name in names if name in why}


def restrict_posix_ids(provider: IdentityProvider, mapped: MappedUser, log: CheckLog) -> MappedUser:
    """Return the user without the POSIX ids that the provider may not set."""
    given = [one for one in (mapped.uid, mapped.gid, *mapped.supplementary_groups) if one is not None]
    outside = [one for one in given if not provider.may_set_posix_id(one)]
    if not outside:
        return mapped
    why = (
        Wording("below {least}", least=provider.posix_ids_from)
        if provider.posix_ids
        else Wording("this provider may set none")
    )
    log.noted(IDS, Wording("{ids} ({why})", ids=", ".join(map(str, dict.fromkeys(outside))), why=why), "ids_left_out")
    return replace(
        mapped,
        uid=mapped.uid if mapped.uid not in outside else None,
        gid=mapped.gid if mapped.gid not in outside else None,
        supplementary_groups=tuple(one for one in mapped.supplementary_groups if one not in outside),
    )


def why_not_allowed(provider: IdentityProvider, user: User) -> tuple[str, str]:
    """Return why a provider may not sign in as this user: a code of REFUSALS and the detail; both empty if it may.

    The provider must be allowed to assert the user's address, and everything that rules give the user.
    """
    if not provider.declared.covers_address(user.email):
        return "address_not_declared", Wording("{email} is not within its e-mail domains.", email=user.email)
    rules = exceeding(user, provider.alias)[:3]
    shown = Wording.joined("; ", (Wording("{rule} (rule {id})", rule=rule, id=rule.pk) for rule in rules))
    if any(rule.leads for rule in rules):
        return "administrator", Wording(
            "{user} has a role that can lead to System administrator: {shown}.", user=user, shown=shown
        )
    if rules:
        return "other_source", Wording(
            "{user} has access that this provider may not give: {shown}.", user=user, shown=shown
        )
    groups = _bound_groups_of(user, provider)
    if groups:
        return "other_source", Wording(
            "{user} is in groups that clusters bind, which it may not fill: {groups}.",
            user=user,
            groups=", ".join(groups),
        )
    return "", ""


def is_out_of_bounds(provider: IdentityProvider, user: User) -> bool:
    """Return True if a session that the provider began may no longer be used. Asked at each use.

    What a provider's own users hold beyond its declaration is void anyway (`access.services.standing`).
    """
    if not provider.declared.covers_address(user.email):
        return True
    if user.asserted_by == provider.alias:
        return False
    return bool(exceeding(user, provider.alias)) or bool(_bound_groups_of(user, provider))


def _bound_groups_of(user: User, provider: IdentityProvider) -> list[str]:
    """Return the cluster-bound groups of another source's user that this provider may not fill."""
    if user.asserted_by == provider.alias:
        return []
    names = sorted(name.id for name in user.names() if name.kind == "group" and name.source != provider.alias)
    bound = groups_bound_by_clusters() if names else frozenset()
    return [name for name in names if name in bound and not provider.declared.may_fill(name)]
