"""The admin site: unfold's, with our name."""

from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):
    site_header = site_title = "NT24"
    index_title = "Start page"
