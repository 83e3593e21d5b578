import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runai_identity.settings")

application = get_wsgi_application()
# Imports every view now, once, before gunicorn forks: the first request of each worker is as quick as the next.
get_resolver().url_patterns  # noqa: B018  reading it is what loads it
