"""The platform of NT24: settings and everything every app needs; it knows no vehicle and no VAT law."""

from nt24.celery import app as celery_app

__all__ = ["celery_app"]
