from dataclasses import replace

from common.wording import Wording
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.models import IdentityProvider
from sso.models.contexts import SecondFactorAsked

CHECK = "The provider asked for a second factor"


def with_second_factor(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> VerifiedAssertion:
    """Count a context of the provider's list as several factors; refuse a sign-in that lacks a required one."""
    if assertion.context in provider.authn_contexts:
        assertion = replace(assertion, methods=tuple(sorted({*assertion.methods, "mfa"})))
    if not provider.second_factor:
        return assertion
    words = " and ".join(assertion.methods) or Wording("nothing it names")
    said = Wording(
        "It says that the context was {context}, by {words}.", context=assertion.context or Wording("none"), words=words
    )
    if "mfa" in assertion.methods:
        log.passed(CHECK, said)
    elif provider.second_factor == SecondFactorAsked.REQUIRE:
        log.refuse(
            CHECK,
            "second_factor_missing",
            Wording("{said} Asked for: {contexts}.", said=said, contexts=", ".join(provider.contexts_asked)),
        )
    else:
        log.noted(CHECK, Wording("{said} None is required.", said=said))
    return assertion
