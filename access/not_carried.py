"""Sentences about a rule whose group is missing in the tokens of some of its members."""

from collections.abc import Sequence
from uuid import UUID

from access.models import AccessRule, SubjectType
from access.ports.rule_statuses import NotCarried, rule_statuses
from access.services.subjects import knowing_who_exists
from accounts.models import User
from accounts.ports.authority import authority
from common.actors import Principal
from common.wording import Wording

MOST_NAMED = 5
MOST_CLUSTERS_NAMED = 5
ADVICE = Wording(
    "They are in too many groups for one token, which names those that give most. Take them out of groups that they do"
    " not need, make a rule for each of them by e-mail, or have the cluster ask us (webhook)."
)


def said_of_tokens(rule: AccessRule, *, reader: Principal) -> str:
    """Say which members get nothing of a rule in which cluster, and what to do; empty where tokens name the group.

    Who reads groups in the scope is told of everybody, by e-mail where they may see the user; anybody else of
    themselves alone.
    """
    if rule.subject_type != SubjectType.GROUP or rule.deleted_at is not None:
        return ""
    found = rule_statuses().not_carried(rule)
    if rule.pk in knowing_who_exists([rule], reader=reader):
        return _to_administrator(found, reader)
    clusters = [cluster for cluster, people in found.people.items() if reader in people]
    if not clusters:
        return ""
    return Wording(
        "In {clusters} your tokens do not name this group, so the rule gives you nothing there: "
        "you are in too many groups for one token. Ask an administrator to take you out of "
        "some.",
        clusters=_some(clusters, MOST_CLUSTERS_NAMED),
    )


def _to_administrator(found: NotCarried, reader: Principal) -> str:
    ids = {user.pk for people in found.people.values() for user in people}
    seen = set(authority().visible_users(reader).filter(pk__in=ids).values_list("pk", flat=True))
    told = [_in_cluster(name, people, seen) for name, people in list(found.people.items())[:MOST_CLUSTERS_NAMED]]
    if more := len(found.people) - len(told):
        told.append(Wording("The same is so in {more} more clusters.", more=more))
    if told:
        told.append(ADVICE)
    if not found.complete:
        told.append(
            Wording("There are more members or clusters than were looked at, so that more people may be refused.")
        )
    return Wording.joined(" ", told)


def _in_cluster(cluster: str, people: Sequence[User], seen: set[UUID]) -> str:
    named = [user.email for user in people if user.pk in seen]
    who = Wording.joined(": ", ("", _some(named, MOST_NAMED, len(people)))) if named else ""
    return Wording.counted(
        "In {cluster} the token of one member does not name this group, so the rule gives them nothing there{who}.",
        "In {cluster} the tokens of {number} members do not name this group, so the rule gives them nothing"
        " there{who}.",
        len(people),
        cluster=cluster,
        who=who,
    )


def _some(names: Sequence[str], most: int, of: int = 0) -> str:
    shown = names[:most]
    more = max(of, len(names)) - len(shown)
    return Wording.joined("", (", ".join(shown), Wording(" and {more} more", more=more) if more else ""))
