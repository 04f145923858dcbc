"""Days and times as they stand on every page of the portal: `2026-11-25`, `2026-11-25 21:47`; all of them in UTC."""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i"
