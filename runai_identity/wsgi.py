import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.module_loading import import_string

from common.bodies import ChunkedBodies
from common.requests import Request
from runai_identity.metrics.requests import measured
from runai_identity.tracing import traced

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runai_identity.settings")

# Twice what any form or JSON body may have: an upload of metadata with the form around it fits.
MOST_BYTES_IN_CHUNKS = 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE

django = get_wsgi_application()
django.request_class = Request
# Its modules import models, which are there from here on.
QuickPaths = import_string("runai_identity.quick.QuickPaths")
application = traced(measured(ChunkedBodies(QuickPaths(django), most_bytes=MOST_BYTES_IN_CHUNKS)))
# Imports every view now, once, before gunicorn forks: the first request of each worker is as quick as the next.
get_resolver().url_patterns  # noqa: B018  reading it is what loads it
