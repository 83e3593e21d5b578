"""Find, take over or create the user of an identity."""

from django.db import transaction
from django.utils import timezone

from access.assertions import Unmet
from access.models import AccessRule
from access.services.locking import lock_tree
from access.services.standing import missed_as
from access.services.subjects import waits_for
from accounts.models import User
from accounts.services.groups import leaves_groups
from accounts.services.users import adopt_user, create_user
from common.actors import SYSTEM, Name
from common.announcements import Changed, announce
from common.errors import Conflict
from common.locking import hold, try_lock
from common.wording import Wording
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.mapping import EmailVerified, MappedUser
from sso.models import Identity, IdentityProvider
from sso.models.identities import with_subject
from sso.services.declarations import restrict_posix_ids, verifies, why_not_allowed
from sso.services.directory_sync import sync_email_verification, sync_user

FOUND = "The user of this identity"
# Refusals after which an administrator can link the identity with a user.
LINKABLE = ("email_taken", "address_reused", "email_unverified", "administrator", "other_source", "no_new_users")


class _KnownMeanwhile(Exception):
    """Another sign-in of the same person made the user and the identity."""


def admit(provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser, log: CheckLog) -> Identity:
    """Return the identity with its updated user, or raise SignInRefused. Call it in the new session's transaction."""
    try:
        with transaction.atomic():
            return _admit(provider, assertion, mapped, log)
    except (Conflict, _KnownMeanwhile):
        # A user with this address was created meanwhile, from another tab or by another person.
        return _admit(provider, assertion, mapped, log)


def _admit(provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser, log: CheckLog) -> Identity:
    _hold(provider, _user_meant(provider, assertion, mapped), mapped, log)
    identity = _known(provider, assertion)
    if identity is None or identity.user is None:
        existing = User.objects.with_email(mapped.email).first()
        if existing is not None and _is_known_now(provider, assertion):
            raise _KnownMeanwhile
        user = _user_for_a_stranger(provider, existing, mapped, log)
        identity, _ = Identity.objects.update_or_create(
            provider=provider,
            issuer=assertion.issuer,
            subject=assertion.subject,
            defaults={"user": user, "email": mapped.email, "last_seen_at": timezone.now()},
        )
        announce(Changed.USER, user)
    else:
        user = identity.user
        sync_email_verification(provider, user, mapped)
        _note_who(user, mapped, log)
        _require_to_open(provider, user, log)
        Identity.objects.filter(pk=identity.pk).update(email=mapped.email, last_seen_at=timezone.now())
    if not user.enabled:
        log.refuse(FOUND, "user_disabled", Wording("{user} is disabled.", user=user))
    sync_user(provider, user, restrict_posix_ids(provider, mapped, log), log)
    return identity


@transaction.atomic
def record_unlinked_identity(provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser) -> None:
    """Record a refused identity without a user, so that an administrator can link it."""
    hold(provider)
    Identity.objects.update_or_create(
        provider=provider,
        issuer=assertion.issuer,
        subject=assertion.subject,
        defaults={"email": mapped.email, "last_seen_at": timezone.now()},
    )


def resync_user(identity: Identity, mapped: MappedUser, log: CheckLog) -> None:
    """Apply what the directory asserts while the user is signed in."""
    assert identity.user is not None, "only who has a user is signed in"  # noqa: S101  as said
    _hold(identity.provider, identity.user, mapped, log)
    if mapped.email_verified is not EmailVerified.UNSAID or mapped.email != identity.user.email:
        # The response to a refresh token may lack claims of the first ID token.
        sync_email_verification(identity.provider, identity.user, mapped)
    _require_to_open(identity.provider, identity.user, log)
    sync_user(identity.provider, identity.user, restrict_posix_ids(identity.provider, mapped, log), log)


def _user_meant(provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser) -> User | None:
    identity = _known(provider, assertion)
    return (identity and identity.user) or User.objects.with_email(mapped.email).first()


def _hold(provider: IdentityProvider, user: User | None, mapped: MappedUser, log: CheckLog) -> None:
    """Lock provider and user against removal. A user who leaves a group also waits for the tree's lock."""
    if user is not None and leaves_groups(user=user, source=provider.alias, names=mapped.groups):
        lock_tree()
    hold(provider)
    provider.refresh_from_db()  # what it may assert is as an administrator left it until this is over
    if user is not None and not try_lock(user):
        log.refuse(FOUND, "user_disabled", Wording("{user} was deleted meanwhile.", user=user))


def _known(provider: IdentityProvider, assertion: VerifiedAssertion) -> Identity | None:
    """Return the identity of exactly this issuer and subject; never by e-mail."""
    known = with_subject(provider.pk, assertion.issuer, assertion.subject)
    if known is not None:
        known.provider = provider
    return known


def _is_known_now(provider: IdentityProvider, assertion: VerifiedAssertion) -> bool:
    """Look again once the user is found: one commit brings both."""
    known = _known(provider, assertion)
    return known is not None and known.user is not None


def _require_to_open(provider: IdentityProvider, user: User, log: CheckLog) -> None:
    """Refuse the user if the provider may not sign in as them. Rules and declarations change between sign-ins."""
    code, detail = why_not_allowed(provider, user)
    if code:
        log.refuse(FOUND, code, detail)


def _user_for_a_stranger(provider: IdentityProvider, existing: User | None, mapped: MappedUser, log: CheckLog) -> User:
    if existing is not None:
        return _taken_over(provider, existing, mapped, log)
    log.require(
        provider.create_users,
        FOUND,
        "no_new_users",
        Wording("There is none for {email}, and none is made.", email=mapped.email),
    )
    _require_what_waits(provider, mapped, log)
    user, _ = create_user(
        actor=SYSTEM,
        email=mapped.email,
        is_local=False,
        source=provider.alias,
        email_verified_by=provider.alias if verifies(provider, mapped) else "",
    )
    log.passed(FOUND, Wording("{user} is made.", user=user))
    return user


_WAITS_FOR_ANOTHER = {Unmet.UNPRIVILEGED: "administrator", Unmet.OTHER_SOURCE: "other_source"}


def _require_what_waits(provider: IdentityProvider, mapped: MappedUser, log: CheckLog) -> None:
    """Make no user who could not have what waits for the address: its owner would find the name taken."""
    if not verifies(provider, mapped) and waits_for(mapped.email):
        log.refuse(
            FOUND,
            "email_unverified",
            Wording("An access rule waits for {email}, which is not verified.", email=mapped.email),
        )
    waits = missed_as(provider.alias, [Name("user", mapped.email, provider.alias)])
    for missed in waits:
        code = _WAITS_FOR_ANOTHER.get(missed.reason)
        if code:
            log.refuse(
                FOUND,
                code,
                Wording(
                    "Rule {pk} waits for {email}: {reason}.",
                    pk=missed.rule.pk,
                    email=mapped.email,
                    reason=missed.reason,
                ),
            )


def _taken_over(provider: IdentityProvider, user: User, mapped: MappedUser, log: CheckLog) -> User:
    if user.identities.filter(provider=provider).exists():
        log.refuse(FOUND, "address_reused", Wording("{user} is another identity's of this provider.", user=user))
    others = user.identities.filter(provider__enabled=True).first()
    if others is not None:
        log.refuse(
            FOUND, "email_taken", Wording("{user} is known through {provider}.", user=user, provider=others.provider)
        )
    log.require(
        provider.link_by_email,
        FOUND,
        "email_taken",
        Wording("{user} exists, and does not belong to this identity.", user=user),
    )
    if not verifies(provider, mapped):
        log.refuse(
            FOUND,
            "email_unverified",
            Wording("{user} is not taken over by an address that is not verified.", user=user),
        )
    if AccessRule.objects.naming(user.rule_subjects()).leading().exists():
        log.refuse(
            FOUND, "administrator", Wording("{user} is an administrator, who is never taken over by e-mail.", user=user)
        )
    _require_to_open(provider, user, log)
    if not user.is_local:
        adopt_user(actor=SYSTEM, user=user, source=provider.alias)
        sync_email_verification(provider, user, mapped)
    log.passed(FOUND, Wording("{user} is taken over by the e-mail.", user=user))
    return user


def _note_who(user: User, mapped: MappedUser, log: CheckLog) -> None:
    log.passed(FOUND, str(user))
    if mapped.email != user.email:
        stays = Wording(
            "The directory says {email}; the user stays {email2}, whom rules name.",
            email=mapped.email,
            email2=user.email,
        )
        unverified = Wording("Nobody verifies that address now: an administrator can confirm it.")
        log.noted("The e-mail", stays if user.email_verified else Wording.joined(" ", (stays, unverified)))
