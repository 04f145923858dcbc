"""Dates as Bulgarians write them: with "г." for the year, which nobody leaves out."""

DATE_FORMAT = "j F Y г."
