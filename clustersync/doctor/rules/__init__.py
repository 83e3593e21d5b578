"""The rules, each a small function, in the order in which one mends things."""

from clustersync.doctor.rule import Rule
from clustersync.doctor.rules import audience, groups, issuer, names, network, pasted, people, trust, webhook

RULES: tuple[Rule, ...] = (
    *pasted.RULES,
    *issuer.RULES,
    *network.RULES,
    *audience.RULES,
    *trust.RULES,
    *names.RULES,
    *groups.RULES,
    *webhook.RULES,
    *people.RULES,
)
