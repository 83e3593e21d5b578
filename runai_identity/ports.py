"""Wire the ports: what an app must ask of the apps above it (docs/layout.md), as settings with dotted paths."""

ACCOUNTS_AUTHORITY = "access.adapters.authority.AccessAuthority"
ACCOUNTS_PROVIDERS = "sso.adapters.providers.IdentityProviders"
ACCOUNTS_SECTIONS = {
    "account": ["clustersync.adapters.sections.own_tokens"],
    "account:access": [
        "access.adapters.sections.own",
        "clustersync.adapters.sections.ask_about_oneself",
        "clustersync.adapters.sections.own_clusters",
        "clustersync.adapters.sections.command_line",
    ],
    "user": [],
    "user:access": ["access.adapters.sections.effective"],
    "group:access": ["access.adapters.sections.of_group"],
    "user:clusters": ["clustersync.adapters.sections.in_clusters"],
}
ACCOUNTS_TRIED = "runai_identity.adapters.tried.read"
ACCOUNTS_ENDING = "access.adapters.ending.of"
ACCOUNTS_NEWS = ["clustersync.adapters.news.news"]
TOKENS_AUDIENCES = "clustersync.adapters.audiences.cluster_of"
TOKENS_FACTS = "runai_identity.adapters.facts.read"
ACCESS_SOURCES = "sso.adapters.sources.DeclaredSources"
ACCESS_APPLICATIONS = "tokens.adapters.applications.RegisteredApplications"
ACCESS_RULE_STATUSES = "clustersync.adapters.rule_statuses.AgentRuleStatuses"
SSO_EXTRA_GROUPS = "clustersync.adapters.extra_groups.groups_bound_by_clusters"
TOKENS_VERIFIERS = "clustersync.adapters.verifiers.verifiers"
ACCOUNTS_CUTTING = ["tokens.adapters.cutting.end_in_tokens", "clustersync.adapters.cutting.end_in_clusters"]
ACCOUNTS_RENAMING = "clustersync.adapters.renaming.known_by_email"
ACCOUNTS_CUT_OFF = "clustersync.adapters.cut_off.cut_off_in_clusters"
