"""The page behind the stop link of a reminder. Looking at it changes nothing, so a mail scanner stops nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from buyers.expiry import buyer_to_stop, holder_of_link, stop_reminders
from buyers.pages.branding import brand_of
from buyers.pages.door import guarded


# The token in the path is known only to whoever has the mail, so nobody can forge the form, and no cookie is needed.
@csrf_exempt
@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    buyer = buyer_to_stop(token)
    if request.method == "POST":
        stop_reminders(buyer, by=holder_of_link(buyer))
    has_stopped = request.method == "POST" or buyer.reminders_stopped_at is not None
    context = {"brand": brand_of(buyer.seller), "has_stopped": has_stopped}
    return render(request, "buyers/pages/stop.html", context)
