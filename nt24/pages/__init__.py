"""The public pages: what NT24 is, the API reference, the problems, and the check of an Export File."""
