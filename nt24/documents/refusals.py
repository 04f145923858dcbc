"""How an examiner says no. The text is shown to whoever sent the file, so it says what is wrong and what to do."""

PRINT_ANEW = "Print it to a new PDF and send that."


class Refused(Exception):
    """It is a PDF, JPEG or PNG, but not one that can be kept as evidence."""


class NotAccepted(Exception):
    """It is no PDF, JPEG or PNG at all."""


def active(what: str, remedy: str = PRINT_ANEW) -> Refused:
    return Refused(f"The PDF has active content: {what}. {remedy}")
