"""The published sample receiver, as a partner would have it: a single file that is copied and imported."""

import importlib.util
from types import ModuleType

from django.conf import settings

PATH = settings.BASE_DIR / "docs/examples/webhook_receiver.py"


def imported() -> ModuleType:
    spec = importlib.util.spec_from_file_location("webhook_receiver", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLE = imported()
