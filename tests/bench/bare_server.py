"""The same Django, apps, database pool and server without a middleware in between: what the baselines run on.

The middleware goes after the apps are ready: some of them, such as allauth, refuse to start without theirs. What the
chain did for the framing is done by hand: without a Content-Length the server closes the connection after the answer.
"""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.bare_settings")
django.setup(set_prefix=False)
settings.MIDDLEWARE = []


class Framed(WSGIHandler):
    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response = super().get_response(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response


application = Framed()
