"""Dates as Italians write them: no zero before the day."""

DATE_FORMAT = "j F Y"
