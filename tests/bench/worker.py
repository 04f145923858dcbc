"""A worker that delivers until it is killed: `python -m tests.bench.worker`."""

import time

import django

if __name__ == "__main__":
    django.setup()
    from nt24.webhooks.tasks import deliver_due

    while True:
        deliver_due()
        time.sleep(0.05)
