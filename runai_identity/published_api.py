"""Settings of Django REST framework and of the description of the published API."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tokens.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "access.permissions.DeclaredPermission",
        "common.unknown_names.KnownParameters",
        "runai_identity.api_step_up.RecentlyAuthenticated",
    ],
    "DEFAULT_PARSER_CLASSES": ["common.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.parsers.FirstParserByDefault",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "common.api.exception_handler",
    # Nobody is None, not an AnonymousUser that could pass for somebody.
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "runai-identity",
    "DESCRIPTION": "Users, roles, access rules, applications, clusters and tokens of a GPU compute control plane.",
    "VERSION": "1",
    "ENUM_NAME_OVERRIDES": {
        "ActionEnum": "access.catalog.ACTIONS",
        "IdentityProviderType": "sso.models.providers.ProviderType",
        "ClusterMode": "clustersync.models.clusters.Mode",
    },
}
