"""Room on the disks that this process writes to: its data folder, local files and the queue, temporary uploads."""

import errno
import shutil
import tempfile
from pathlib import Path

from django.conf import settings

PROBE_BYTES = 64 * 1024  # really written: a quota or a dying disk shows in no figure


class DiskFull(OSError):
    """There is less room left than writes need to end in good order."""


def is_full(error: BaseException) -> bool:
    """Whether a write failed for want of room."""
    return isinstance(error, DiskFull) or (
        isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    )


def require_room(folder: Path) -> None:
    """Files can be written to the folder, or before its first use to the nearest one above it.

    :raises DiskFull: less than `DISK_RESERVE_MIB` is free.
    :raises OSError: it cannot be written to.
    """
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir():
        raise PermissionError(f"{existing} is no folder")
    if shutil.disk_usage(existing).free < settings.DISK_RESERVE_MIB * 1024 * 1024:
        raise DiskFull(errno.ENOSPC, "too little room", str(existing))
    with tempfile.NamedTemporaryFile(prefix=".room-", dir=existing) as probe:
        probe.write(bytes(PROBE_BYTES))
        probe.flush()
