"""The rules, each a small function, in the order in which one mends things."""

from clustersync.doctor.rule import DoctorRule
from clustersync.doctor.rules import (
    audience,
    expressions,
    form,
    groups,
    issuer,
    machine,
    names,
    network,
    pasted,
    people,
    trust,
    webhook,
)

RULES: tuple[DoctorRule, ...] = (
    *pasted.RULES,
    *form.RULES,
    *machine.RULES,
    *issuer.RULES,
    *network.RULES,
    *audience.RULES,
    *trust.RULES,
    *names.RULES,
    *groups.RULES,
    *expressions.RULES,
    *webhook.RULES,
    *people.RULES,
)
