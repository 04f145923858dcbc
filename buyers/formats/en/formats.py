"""Days for buyers who read English: `28 Nov 2026`, as Europe writes it."""

DATE_FORMAT = "j M Y"
