"""Warnings in the answer that creates something: it was taken, and something will be wrong later unless it changes."""

from dataclasses import dataclass

from rest_framework import serializers

from nt24.api.json import Shape


@dataclass(frozen=True, slots=True)
class Warned:
    """`field` is a member of the request, `code` stays the same, `message` is for people."""

    field: str
    code: str
    message: str


class WarningOut(Shape):
    field = serializers.CharField(help_text="The member of the request that this is about.")
    code = serializers.CharField(help_text="The blocker that follows if nothing changes.")
    message = serializers.CharField(help_text="For people: what follows, and what to do.")
