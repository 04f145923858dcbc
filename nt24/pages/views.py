"""The public pages. None of them needs or sets a cookie, and none loads anything from another host."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import is_valid_path
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.http import escape_leading_slashes
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from nt24.api.problems import response as problem_response
from nt24.errors import InternalError, MalformedRequest
from nt24.pages.guides import GUIDES, example, guide
from nt24.pages.operator import operator, security_text
from nt24.pages.problems import problem_pages
from nt24.pages.reference import reference
from nt24.surfaces import is_api
from nt24.tracing import trace_id

cached_for_minutes = cache_control(public=True, max_age=300)


@require_safe
@cached_for_minutes
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/home.html")


@require_safe
@cached_for_minutes
def docs(request: HttpRequest) -> HttpResponse:
    """First steps, and every operation of the OpenAPI document."""
    context = {
        "here": "docs",
        "guides": GUIDES,
        "first_steps": guide("first-steps", settings.PUBLIC_URL),
        "reference": reference(),
    }
    return render(request, "pages/docs.html", context)


@require_safe
@cached_for_minutes
def guide_page(request: HttpRequest, name: str) -> HttpResponse:
    """A guide that has a page of its own."""
    context = {
        "here": "docs",
        "guides": GUIDES,
        "guide": next(one for one in GUIDES if one.name == name),
        "body": guide(name, settings.PUBLIC_URL),
        "reference": reference(),
    }
    return render(request, "pages/guide.html", context)


@require_safe
@cached_for_minutes
def docs_example(request: HttpRequest, name: str) -> HttpResponse:
    """The sample receiver and the signature vectors, to copy."""
    if (text := example(name)) is None:
        raise Http404(name)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
@cached_for_minutes
def problems(request: HttpRequest) -> HttpResponse:
    pages = sorted(problem_pages().values(), key=lambda page: (page.status, page.slug))
    return render(request, "pages/problems.html", {"here": "problems", "problems": pages})


@require_safe
@cached_for_minutes
def problem(request: HttpRequest, slug: str) -> HttpResponse:
    page = problem_pages().get(slug)
    if page is None:
        raise Http404(slug)
    return render(request, "pages/problem.html", {"here": "problems", "problem": page})


@require_safe
@cached_for_minutes
def about_us(request: HttpRequest, page: str) -> HttpResponse:
    """Imprint, privacy notice and contact."""
    return render(request, f"pages/{page}.html", {"here": page, "operator": operator()})


@require_safe
@cached_for_minutes
def security_txt(request: HttpRequest) -> HttpResponse:
    return HttpResponse(security_text(timezone.now()), content_type="text/plain; charset=utf-8")


@never_cache
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that Django itself refuses, such as one for a host that is not ours."""
    if is_api(request.path):
        return problem_response(MalformedRequest("The request has a header that is not accepted."), request)
    return render(request, "400.html", status=400)


@never_cache
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The 404 of every page. As the last route it also shows the page while `DEBUG` is on.

    Somebody who types `/admin`, or whose mail program cuts the slash off a link, is led to the page.
    """
    is_page = (
        request.resolver_match and request.resolver_match.func is not not_found
    )  # and has nothing to show
    if request.method in {"GET", "HEAD"} and not is_page and (address := other_spelling(request)):
        return redirect(address)
    return render(request, "404.html", status=404)


def other_spelling(request: HttpRequest) -> str | None:
    """The address with a slash more or less at its end, if there is a page."""
    path = request.path.removesuffix("/") if request.path.endswith("/") else f"{request.path}/"
    match = is_valid_path(path)
    if not match or match.func is not_found:
        return None
    query = request.META.get("QUERY_STRING", "")
    return escape_leading_slashes(iri_to_uri(f"{path}?{query}" if query else path))


@never_cache
def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 of every page, with the id under which the cause is in the log."""
    if is_api(request.path):
        return problem_response(InternalError("The failure is recorded under this trace id."), request)
    return render(request, "500.html", {"trace_id": trace_id()}, status=500)
