"""Dates in words, the month in the genitive: Django writes figures."""

DATE_FORMAT = "j E Y"
