"""The admin site: unfold's, with our name and the few pages that belong to no record."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from nt24.staff.filter_views import filter_urls
from nt24.staff.purposes import purpose_page


class StaffSite(UnfoldAdminSite):
    site_header = site_title = "NT24"
    index_title = "Start page"

    def extra_urls(self) -> list[URLPattern]:
        return [path("purpose/", self.admin_view(self.purpose), name="purpose"), *filter_urls(self)]

    def purpose(self, request: HttpRequest) -> HttpResponseBase:
        return purpose_page(request, self.each_context(request))
