"""How an examiner says no; the text is shown to whoever sent the file."""


class Refused(Exception):
    """It is a PDF, JPEG or PNG, but not one that can be kept as evidence."""


class NotAccepted(Exception):
    """It is no PDF, JPEG or PNG at all."""
