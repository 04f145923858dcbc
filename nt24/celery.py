"""The task queue. It only carries ids: every task finds its work in a table, so a lost message loses nothing."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nt24.settings")
app = Celery("nt24")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
