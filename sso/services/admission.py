"""From a verified assertion to a user. SAML goes through djangosaml2's backend and signals, for integrators."""

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import authenticate
from django.db import DatabaseError, transaction
from djangosaml2.signals import post_authenticated, pre_user_save

from accounts.models import User
from accounts.services.users import EDITABLE, update_user
from common.actors import SYSTEM
from common.bookkeeping import rehearsal
from common.errors import DomainError
from common.wording import Wording
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog, SignInRefused
from sso.mapping import MappedUser
from sso.models import Identity, IdentityProvider
from sso.models.providers import ProviderType
from sso.protocols import saml
from sso.services.provisioning import admit

BACKEND = "The SAML backend lets them in"
RECEIVERS = "The receivers of pre_user_save come to an end"

logger = logging.getLogger(__name__)


@dataclass
class Admission:
    """The argument of the backend. `session_info` describes the assertion in djangosaml2's form."""

    provider: IdentityProvider
    assertion: VerifiedAssertion
    mapped: MappedUser
    log: CheckLog
    session_info: dict[str, Any]
    identity: Identity | None = None

    def admit(self) -> User:
        self.identity = admit(self.provider, self.assertion, self.mapped, self.log)
        assert self.identity.user is not None  # noqa: S101  for the type checker
        return self.identity.user


def admit_with_hooks(
    provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser, log: CheckLog
) -> Identity:
    """Return the identity with its user, or raise SignInRefused. Call it in the transaction of the new session.

    SAML sign-ins send djangosaml2's signals: `pre_user_save` at once, `post_authenticated` after the commit.
    """
    if provider.type != ProviderType.SAML:
        return admit(provider, assertion, mapped, log)
    info = saml().session_info(assertion)
    identity = _through_backend(provider, assertion, mapped, log, info)
    assert identity.user is not None  # noqa: S101  for the type checker
    _offer(provider, identity.user, info["ava"], log)
    user = identity.user
    transaction.on_commit(
        lambda: post_authenticated.send_robust(sender=User, user=user, session_info=info), robust=True
    )
    return identity


def explain(provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser, log: CheckLog) -> None:
    """Try the sign-in and roll it back, so that a test names whatever would refuse it."""
    done = CheckLog(source=log.source, message=log.message)
    try:
        with rehearsal():
            if provider.type == ProviderType.SAML:
                _through_backend(provider, assertion, mapped, done, saml().session_info(assertion))
            else:
                admit(provider, assertion, mapped, done)
    except SignInRefused:
        refused = done.checks.pop()
        done.noted(refused.check, Wording("A sign-in would be refused: {detail}", detail=refused.detail))
    log.add(done)


def _through_backend(
    provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser, log: CheckLog, info: dict[str, Any]
) -> Identity:
    admission = Admission(provider, assertion, mapped, log, session_info=info)
    with _refusing_at_faults(BACKEND, log):
        user = authenticate(None, admission=admission)
    if user is None or admission.identity is None:
        log.refuse(BACKEND, "not_authorized", "It refused the attributes.")
    return admission.identity


@contextmanager
def _refusing_at_faults(check: str, log: CheckLog) -> Iterator[None]:
    """Refuse the sign-in where an integrator's own code has a fault: often by attributes that somebody lacks."""
    try:
        yield
    except (DomainError, DatabaseError):
        raise
    except Exception as fault:
        logger.exception("A hook of this installation failed: %s", check)
        log.refuse(
            check,
            "hook_failed",
            Wording("It failed with {name}. The server's log has the rest.", name=type(fault).__name__),
        )


def _offer(provider: IdentityProvider, user: User, attributes: dict[str, Any], log: CheckLog) -> None:
    """Let receivers of `pre_user_save` change the user's details. A receiver that did so returns True.

    Receivers change a copy. Only the details that a directory may set are taken from it, by the verb that checks and
    records them.
    """
    offered = copy.deepcopy(user)
    with _refusing_at_faults(RECEIVERS, log):
        answers = pre_user_save.send(sender=User, instance=offered, attributes=attributes, user_modified=False)
    if not any(answer is True for _, answer in answers):
        return
    changes = {name: getattr(offered, name) for name in EDITABLE if getattr(offered, name) != getattr(user, name)}
    if not changes:
        return
    try:
        update_user(actor=SYSTEM, user=user, source=provider.alias, **changes)
    except DomainError as refusal:
        log.noted("The names and ids", refusal.message)
