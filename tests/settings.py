"""The product's settings with a fast password hasher and throw-away secrets."""

import os
import tempfile

from tests import database

database.choose()
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("IDENTITY_ENCRYPTION_KEYS", "S2V5Rm9yVGVzdHNPbmx5MDEyMzQ1Njc4OTAxMjM0NTY=")
os.environ.setdefault("PUBLIC_URL", "http://testserver")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,127.0.0.1,localhost")
os.environ.setdefault("OUTBOUND_PRIVATE_NETWORKS", "127.0.0.0/8,::1/128")
os.environ.setdefault("DATA_DIR", tempfile.gettempdir())

from runai_identity.settings import *  # noqa: E402,F403  the environment comes first

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Django would take memory, which threads can't share under a lock.
    DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}

# A live server's threads let go of the database after each request; PostgreSQL drops none that somebody holds.
DATABASES["default"]["CONN_MAX_AGE"] = 0

# Nothing goes while a test counts rows, except where the test is about that.
HOUSEKEEPING = False

PASSWORD_HASHERS = ["tests.hashers.QuickHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files from where they are written, without collecting them first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
REST_FRAMEWORK = {**REST_FRAMEWORK, "TEST_REQUEST_DEFAULT_FORMAT": "json"}
