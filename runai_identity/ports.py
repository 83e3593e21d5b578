"""Who answers what an app must ask of the apps above it (docs/layout.md): settings, as dotted paths."""

ACCOUNTS_AUTHORITY = "access.authority.Authority"
ACCOUNTS_PROVIDERS = "sso.providers.Providers"
ACCOUNTS_SECTIONS = {
    "account": ["clustersync.sections.command_line", "clustersync.sections.own_tokens"],
    "user": [],
    "user:access": ["access.sections.effective"],
    "user:clusters": ["clustersync.sections.in_clusters"],
}
ACCOUNTS_ENDING = "access.ending.of"
ACCOUNTS_NEWS = ["clustersync.services.sharing.news"]
TOKENS_AUDIENCES = "clustersync.audiences.cluster_of"
ACCESS_SOURCES = "sso.sources.Sources"
ACCESS_APPLICATIONS = "tokens.principals.Applications"
ACCESS_RULE_STATUSES = "clustersync.rule_statuses.RuleStatuses"
SSO_EXTRA_GROUPS = "clustersync.extra_groups.groups_bound_by_clusters"
TOKENS_VERIFIERS = "clustersync.verifiers.verifiers"
ACCOUNTS_CUTTING = ["tokens.cutting.end_in_tokens", "clustersync.cut_off.end_in_clusters"]
ACCOUNTS_RENAMING = "clustersync.renaming.known_by_email"
ACCOUNTS_CUT_OFF = "clustersync.cut_off.cut_off_in_clusters"
