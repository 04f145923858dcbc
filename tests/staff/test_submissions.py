"""A form is carried out once, a refused one may be sent again, and what nobody can repeat is forgotten."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from nt24.actors import Actor, ActorKind
from nt24.errors import StateConflict
from nt24.staff.models import Submission
from nt24.staff.submissions import once
from nt24.staff.tasks import forget_old_forms

ANNA = Actor(ActorKind.STAFF, "1", "Anna")
pytestmark = pytest.mark.django_db


def test_a_refused_form_leaves_nothing_and_may_be_sent_again():
    form = uuid4()

    def refused():
        raise StateConflict("not now")

    with pytest.raises(StateConflict):
        once(form, refused, by=ANNA)

    assert not Submission.objects.exists()
    assert once(form, lambda: "done", by=ANNA) == "done"
    assert once(form, lambda: "done", by=ANNA) is None


def test_forms_older_than_any_session_are_forgotten():
    once(uuid4(), lambda: "done", by=ANNA)
    once(uuid4(), lambda: "done", by=ANNA)
    old = Submission.objects.first()
    Submission.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=8))

    forget_old_forms()

    assert list(Submission.objects.values_list("pk", flat=True)) == [old.pk + 1]
