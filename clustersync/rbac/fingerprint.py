"""Whether a cluster's desired RBAC is what it was, without making it: a fifth of the work for who asks every minute."""

import hashlib
import json
from dataclasses import astuple, replace
from functools import cache

from access.catalog import ROLES
from access.namespaces import RESERVED
from clustersync.rbac.desired import MOST_SUBJECTS, Facts, Project, Rule, desired
from clustersync.rbac.manifests import to_json
from clustersync.rbac.subjects import Naming


def fingerprint(facts: Facts) -> str:
    """Equal for equal facts in any order; `facts.roles` are the catalog's."""
    naming = (*astuple(replace(facts.naming, user_ids={})), sorted(facts.naming.user_ids.items()))
    withheld = sorted(facts.withheld.items())
    told = (_form(), facts.cluster, facts.g1, naming, sorted(facts.rules), withheld, sorted(facts.projects))
    return hashlib.sha256(repr(told).encode()).hexdigest()


@cache
def _form() -> str:
    """What this version of the server makes of every role: other tables or manifests are a change too."""
    rules = [Rule(role_id, "group", "sample", role_id, "sample") for role_id in ROLES]
    sample = Facts("sample", ROLES, rules, [Project("sample", ("sample",))], Naming("u:", "g:"))
    made = [to_json(desired(replace(sample, g1=g1))) for g1 in (False, True)]
    return json.dumps([MOST_SUBJECTS, sorted(RESERVED), made])
