"""Whether text in a colour can be read (WCAG 2.2, 1.4.3). Standard library only; colours are `#rrggbb`."""

WHITE = "#ffffff"
DARK_SURFACE = "#151e2d"  # --surface of the dark scheme in static/nt24/nt24.css
READABLE = 4.5  # WCAG 2.2, 1.4.3, level AA
STEPS = 50


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(colour: str, background: str) -> bool:
    return contrast(colour, background) >= READABLE


def readable_on_dark(colour: str) -> str:
    """The colour itself, or as little lighter as it takes to be read on our dark surface.

    No single colour is readable on both white and dark: that would take a contrast of 20.25 between the two.
    """
    mixes = (mixed_with_white(colour, step / STEPS) for step in range(STEPS + 1))
    return next(mix for mix in mixes if is_readable(mix, DARK_SURFACE))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    red, green, blue = (linear(channel / 255) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def mixed_with_white(colour: str, share: float) -> str:
    return "#" + "".join(f"{round(channel + (255 - channel) * share):02x}" for channel in channels(colour))
