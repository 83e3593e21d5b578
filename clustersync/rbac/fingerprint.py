"""Tell whether a cluster's desired RBAC has changed without making it: a fifth of the work, each minute."""

import json
from dataclasses import astuple, replace
from functools import lru_cache

from access.catalog import Role
from access.namespaces import RESERVED
from clustersync.rbac.desired import MOST_SUBJECTS, DesiredProject, RBACFacts, ReachingRule, desired
from clustersync.rbac.manifests import to_json
from clustersync.rbac.subjects import ClusterNaming
from common.hashes import sha256_of


def fingerprint(facts: RBACFacts) -> str:
    """Return equal texts for equal facts in any order, and different ones where the desired RBAC differs."""
    naming = (*astuple(replace(facts.naming, user_ids={})), sorted(facts.naming.user_ids.items()))
    withheld = sorted(facts.withheld.items())
    form = _form(tuple(facts.roles[id_] for id_ in sorted(facts.roles)))
    told = (form, facts.cluster, facts.g1, naming, sorted(facts.rules), withheld, sorted(facts.projects))
    return sha256_of(repr(told))


@lru_cache(maxsize=8)
def _form(roles: tuple[Role, ...]) -> str:
    """Return what this version of the server makes of each role: other permissions, tables or manifests are a change.

    Each role has a holder of its own in the sample, because the platform's older names share parts between roles.
    """
    rules = [ReachingRule(role.id, "group", f"sample-{role.id}", role.id, "sample") for role in roles]
    sample = RBACFacts(
        "sample",
        {role.id: role for role in roles},
        rules,
        [DesiredProject("sample", ("sample",))],
        ClusterNaming("u:", "g:"),
    )
    made = [to_json(desired(replace(sample, g1=g1))) for g1 in (False, True)]
    return json.dumps([MOST_SUBJECTS, sorted(RESERVED), made])
