"""The task queue and its timetable. A message only carries ids: every task finds its work in a table, so a lost
message loses nothing, and a sweep that comes too late to matter is dropped.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab

from nt24.file_queue import use_whole_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nt24.settings")
use_whole_files()
app = Celery("nt24")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

MINUTE, HOUR = 60, 3600


def sweep(task: str, every: Any, *, expires: int) -> dict[str, Any]:
    """An entry whose messages are worthless after `expires` seconds, so that none pile up while no worker runs."""
    return {"task": task, "schedule": every, "options": {"expires": expires}}


# Tasks are named, not imported: the platform knows that there is work, not what it is about. Times are UTC.
app.conf.beat_schedule = {
    # What a nudge has already started most of the time; these find what it did not.
    "ask-vies": sweep("buyers.tasks.ask_vies", 5.0, expires=5),
    "render-export-files": sweep("compliance.tasks.render_export_files", 5.0, expires=5),
    "reassess-due": sweep("compliance.tasks.reassess_due", 5.0, expires=5),
    "scan-waiting-documents": sweep("orders.tasks.scan_waiting_documents", 60.0, expires=MINUTE),
    "read-hints": sweep("orders.tasks.read_hints", 60.0, expires=MINUTE),
    "seal-entries": sweep("nt24.audit.tasks.seal_entries", 60.0, expires=MINUTE),
    # A buyer is asked about once a day; looking every ten minutes spreads them over the day.
    "recheck-vies": sweep("transport.tasks.recheck_vies_daily", 600.0, expires=10 * MINUTE),
    "settle-verifications": sweep("buyers.tasks.settle_verifications", 600.0, expires=10 * MINUTE),
    "expire-invitations": sweep("buyers.tasks.expire_invitations", 60.0, expires=MINUTE),
    "remind-of-invitations": sweep("buyers.tasks.remind_of_invitations", crontab(minute=7), expires=HOUR),
    "forget-drafts": sweep("buyers.tasks.forget_drafts", crontab(hour=3, minute=30), expires=HOUR),
    "deliver-webhooks": sweep("nt24.webhooks.tasks.deliver_due", 2.0, expires=2),
    "send-mail": sweep("nt24.mail.tasks.send_due", 30.0, expires=30),
    "forget-messages": sweep(
        "nt24.webhooks.tasks.forget_old_messages", crontab(hour=3, minute=10), expires=HOUR
    ),
    "forget-calls": sweep("nt24.api.tasks.forget_old_calls", crontab(minute=17), expires=HOUR),
    "forget-forms": sweep("nt24.staff.tasks.forget_old_forms", crontab(hour=3, minute=50), expires=HOUR),
    "recompute-rollups": sweep("compliance.tasks.recompute_all", crontab(hour=2, minute=30), expires=HOUR),
    "forget-sessions": sweep(
        "nt24.people.tasks.forget_old_sessions", crontab(hour=3, minute=50), expires=HOUR
    ),
    "forget-mail": sweep("nt24.mail.tasks.forget_old_mail", crontab(hour=3, minute=20), expires=HOUR),
    "remind-of-dpa": sweep("nt24.partners.tasks.remind_of_dpa", crontab(hour=7, minute=0), expires=HOUR),
    "remind-of-expiry": sweep("buyers.tasks.remind_of_expiry", crontab(hour=7, minute=30), expires=HOUR),
    "sweep-orphaned-files": sweep(
        "nt24.documents.tasks.sweep_orphaned_files", crontab(hour=3, minute=40), expires=HOUR
    ),
}


@app.on_after_configure.connect
def feel_the_pulse_of_each_queue(sender: Celery, **signal: Any) -> None:
    """A message a minute to every queue there is, for the start page of staff (nt24/staff/heartbeats.py)."""
    from django.conf import settings

    for queue in settings.WORK_OF_QUEUES:
        entry = sweep("nt24.staff.tasks.note_heartbeat", 60.0, expires=MINUTE)
        entry |= {"kwargs": {"queue": queue}, "options": {**entry["options"], "queue": queue}}
        sender.conf.beat_schedule[f"heartbeat-{queue}"] = entry


@app.on_after_configure.connect
def keep_the_timetable_in_the_data_folder(sender: Celery, **signal: Any) -> None:
    """Beat remembers when each entry last ran; the settings cannot be read before Celery itself reads them."""
    from django.conf import settings

    sender.conf.beat_schedule_filename = str(settings.DATA_DIR / "beat-schedule")
