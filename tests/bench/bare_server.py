"""The same Django, apps, database pool and server without a middleware in between: what the baselines run on.

The middleware goes after the apps are ready: some of them, such as allauth, refuse to start without theirs.
"""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.bare_settings")
django.setup(set_prefix=False)
settings.MIDDLEWARE = []
application = WSGIHandler()
