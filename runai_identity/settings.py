"""The one settings file. What differs between deployments comes from the environment: docs/configuration.md."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF

from runai_identity import env
from runai_identity.databases import STATEMENT_SECONDS, database
from runai_identity.ports import *  # noqa: F403  each of them is a setting
from runai_identity.published_api import REST_FRAMEWORK as REST_FRAMEWORK
from runai_identity.published_api import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from runai_identity.tracing import configured as traces

# ModelAdmin[User] and its like are known to type checkers only, without this.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where and for whom ---------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=False)
PUBLIC_URL = env.origin("PUBLIC_URL")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", required=True)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
DATA_DIR = Path(env.text("DATA_DIR") or "data").resolve()

REALM = env.segment("REALM", "runai")
TENANT_NAME = env.title("TENANT_NAME", "runai")
TENANT_ID = 1
# Whom people turn to who are refused: any text, of which addresses become links.
HELP_CONTACT = env.text("HELP_CONTACT")
ISSUER = f"{PUBLIC_URL}/auth/realms/{REALM}"
# Of the CA that signed our own certificate, where it is no public one: it goes into what clusters are configured with.
PUBLIC_CA = env.certificates("PUBLIC_CA_FILE")

# --- secrets --------------------------------------------------------------------------------------------------------

SECRET_KEY = env.long_secret("SECRET_KEY", 32)
METRICS_TOKEN = env.bearer_token("METRICS_TOKEN", 32)  # of who scrapes /metrics, which without it is not there
# Fernet keys, newest first: the first encrypts, all decrypt.
IDENTITY_ENCRYPTION_KEYS = env.fernet_keys("IDENTITY_ENCRYPTION_KEYS")

# --- lifetimes ------------------------------------------------------------------------------------------------------

ACCESS_TOKEN_LIFETIME = timedelta(seconds=env.positive("ACCESS_TOKEN_SECONDS", 3600, env.LONGEST_SECONDS))
CLUSTER_TOKEN_LIFETIME = timedelta(seconds=env.positive("CLUSTER_TOKEN_SECONDS", 600, env.LONGEST_SECONDS))
CODE_LIFETIME = timedelta(seconds=60)
LOGOUT_TOKEN_LIFETIME = timedelta(minutes=2)
DEVICE_CODE_LIFETIME = timedelta(minutes=10)
REFRESH_IDLE_LIFETIME = timedelta(hours=env.positive("REFRESH_IDLE_HOURS", 12))
REFRESH_LIFETIME = timedelta(days=env.positive("REFRESH_DAYS", 7, env.LONGEST_DAYS))
# Twenty parallel requests of one client refresh with the same token; they get the same answer for this long.
REFRESH_GRACE = timedelta(seconds=10)
SIGNING_KEY_LIFETIME = timedelta(days=env.positive("SIGNING_KEY_DAYS", 30, env.LONGEST_DAYS))
# kube-apiserver fetches the JWKS again only when max-age has run out: a key is published longer before it signs.
JWKS_MAX_AGE = timedelta(seconds=300)
NEXT_KEY_PUBLISHED_FOR = timedelta(hours=24)

# --- what tokens say ------------------------------------------------------------------------------------------------

# Of the control plane's API, and accepted nowhere else. No name of a client or a cluster has a colon.
API_AUDIENCE = "urn:runai:api"
# Of clusters with the platform's flags. No endpoint of ours accepts a token by it.
SHARED_AUDIENCE = "runai"
PASSWORD_GRANT_ENABLED = env.flag("PASSWORD_GRANT_ENABLED", default=True)
# At the OAuth token endpoint, for old scripts of our own clients: RFC 9700 §2.4 says never.
OIDC_PASSWORD_GRANT_ENABLED = env.flag("OIDC_PASSWORD_GRANT_ENABLED", default=False)
# The oldest command line signs in without PKCE, by a code that people copy from a page (/oauth-code).
LEGACY_REMOTE_BROWSER = env.flag("LEGACY_REMOTE_BROWSER", default=False)

# --- what we fetch from others (common/outbound.py) -----------------------------------------------------------------

OUTBOUND_PRIVATE_NETWORKS = env.networks("OUTBOUND_PRIVATE_NETWORKS")
OUTBOUND_CA = env.certificates("OUTBOUND_CA_FILE")

# --- what strangers may do (docs/security.md) -----------------------------------------------------------------------

SIGN_IN_WINDOW = timedelta(minutes=env.positive("SIGN_IN_WINDOW_MINUTES", 15))
SIGN_IN_TRIES_PER_ACCOUNT = env.positive("SIGN_IN_TRIES_PER_ACCOUNT", 10)
SIGN_IN_TRIES_PER_ADDRESS = env.positive("SIGN_IN_TRIES_PER_ADDRESS", 100)
SECOND_FACTOR_TRIES = env.positive("SECOND_FACTOR_TRIES", 5)  # codes and passkeys of one account, in the same window
DEVICES_PER_ADDRESS = env.positive("DEVICES_PER_ADDRESS", 50)  # that begin to wait within DEVICE_CODE_LIFETIME
DEVICES_PER_CLIENT = env.positive("DEVICES_PER_CLIENT", 1000)
DEVICES_IN_ALL = 5000
AUDIT_STRANGER_DAYS = env.positive("AUDIT_STRANGER_DAYS", 90, env.LONGEST_DAYS)  # audit entries that strangers caused

# --- where else the audit log goes (docs/audit.md) -------------------------------------------------------------------

AUDIT_STREAM_FILE = env.text("AUDIT_STREAM_FILE")
AUDIT_STREAM_SYSLOG = env.syslog(
    "AUDIT_STREAM_SYSLOG",
    sender=urlsplit(PUBLIC_URL).hostname or "-",
    ca=env.certificates("AUDIT_STREAM_SYSLOG_CA_FILE"),
)
AUDIT_STREAM_HTTP = env.address("AUDIT_STREAM_HTTP")
AUDIT_STREAM_HTTP_TOKEN = env.bearer_token("AUDIT_STREAM_HTTP_TOKEN")

# --- traces (docs/observe.md); OpenTelemetry's SDK reads the rest of its standard variables --------------------------

TRACES = traces.are_configured()
TRACES_HEADERS = env.optional_secret("OTEL_EXPORTER_OTLP_HEADERS")
TRACEPARENT_HOSTS = env.hosts("TRACEPARENT_HOSTS")

# --- applications ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "runai_identity.apps.CompositionConfig",
    "clustersync",
    "sso.apps.SSOConfig",
    "tokens",
    "access",
    "accounts",
    "audit",
    "runai_identity.apps.IdentityAdminConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth2_provider",
    "drf_spectacular",
    "csp",
]

MIDDLEWARE = [
    "common.middleware.RequestContextMiddleware",
    "common.middleware.CSPMiddleware",  # what sets headers stands around all that answers, redirects and refuses
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.middleware.ReadableMiddleware",
    "common.middleware.ProbeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.middleware.SharedFilesMiddleware",
    "runai_identity.languages.LanguageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "common.body_limits.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.BrowserSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "runai_identity.urls"
WSGI_APPLICATION = "runai_identity.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.inactivity",
                "accounts.context_processors.organisation",
            ],
        },
    },
]

# --- data -----------------------------------------------------------------------------------------------------------

# Nothing waits for it without a bound (docs/reliability.md).
DATABASES = {"default": database(DATA_DIR)}
DATABASE_STATEMENT_SECONDS = STATEMENT_SECONDS

# After responses the server clears away what is over (runai_identity/housekeeping.py).
HOUSEKEEPING = env.flag("HOUSEKEEPING", default=True)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["common.body_limits.FilesWhereDeclared"]  # never written to disk
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE

# --- who signs in, and how ------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# The second one, djangosaml2's, authenticates verified SAML assertions, and gives no permissions.
AUTHENTICATION_BACKENDS = ["access.backends.AccessBackend", "sso.backends.SamlBackend"]
SAML_CONFIG_LOADER = "sso.views.saml_metadata.config_of"
SAML_USE_NAME_ID_AS_USERNAME = True
PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"

HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 365 * 24 * 3600  # the Session row decides; the cookie itself must not end earlier
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.views.sign_in.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- what browsers are told -----------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=HTTPS)
# To ourselves, whatever name the request has: to ask for that raises where there is no such name.
SECURE_SSL_HOST = urlsplit(PUBLIC_URL).netloc
# Asked by kubelets and load balancers, at any address and without TLS.
PROBES = ("/healthz", "/readyz", "/metrics")
SECURE_REDIRECT_EXEMPT = [f"^{path.removeprefix('/')}$" for path in PROBES]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LANGUAGE_CODE = "en"  # of programs always (runai_identity/languages.py)
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["runai_identity.formats"]
TIME_ZONE = "UTC"

# --- OAuth 2: django-oauth-toolkit, behind tokens.oauth (docs/decisions/0008-django-oauth-toolkit.md) -----------------

OAUTH2_PROVIDER_APPLICATION_MODEL = "tokens.Application"
OAUTH2_PROVIDER = {
    "OAUTH2_VALIDATOR_CLASS": "tokens.validator.Validator",
    "OIDC_ISS_ENDPOINT": ISSUER,
    "PKCE_REQUIRED": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}

# --- logs -----------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "common.logs.JSONFormatter"}},
    "filters": {"outages": {"()": "common.logs.WithoutOutages"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.log_level("LOG_LEVEL")},
    # Its own request lines would repeat ours, without the request id.
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["outages"]},
        "django.server": {"handlers": [], "propagate": False},
        # At DEBUG they write down codes, tokens and attributes.
        **{name: {"level": "WARNING"} for name in ("oauthlib", "oauth2_provider", "djangosaml2", "fido2")},
    },
}
