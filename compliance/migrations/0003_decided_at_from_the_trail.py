"""Of the rollups that were there before: the decision's time from the trail, the blockers' from the last change."""

from django.db import migrations
from django.db.models import Max

BATCH = 1000


def fill(apps, schema_editor):
    rollups = apps.get_model("compliance", "Rollup").objects.only(
        "uuid", "decision", "blocker_codes", "updated_at", "decided_at", "blocked_since"
    )
    entries = apps.get_model("audit", "Entry").objects.filter(action="rollup.decided")
    last = 0
    while batch := list(rollups.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        decided = [rollup for rollup in batch if rollup.decision]
        blocked = [rollup for rollup in batch if rollup.blocker_codes]
        times = dict(
            entries.filter(subject_uuid__in=[rollup.uuid for rollup in decided])
            .values_list("subject_uuid")
            .annotate(at=Max("at"))
        )
        for rollup in decided:
            rollup.decided_at = times.get(rollup.uuid)
        for rollup in blocked:
            since = f"{rollup.updated_at:%Y-%m-%dT%H:%M:%SZ}"
            rollup.blocked_since = dict.fromkeys(rollup.blocker_codes, since)
        rollups.bulk_update(decided, ["decided_at"])
        rollups.bulk_update(blocked, ["blocked_since"])


class Migration(migrations.Migration):
    dependencies = [("compliance", "0002_decided_at"), ("audit", "0002_append_only_chain")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
