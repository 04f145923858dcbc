"""Forgetting: of a session that is over, address and browser are not kept."""

import structlog
from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

log = structlog.get_logger(__name__)


@shared_task
def forget_old_sessions() -> None:
    """Delete what has expired; the trail keeps that somebody was signed in."""
    SessionStore.clear_expired()
    alive = Session.objects.values("session_key")
    count, _ = UserSession.objects.exclude(session_key__in=alive).delete()
    log.info("sessions_forgotten", count=count)
