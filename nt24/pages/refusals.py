"""Nothing is there: our own page for it, also while `DEBUG` is on and Django would list every address of the portal."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

from nt24.pages.policy import API


class PublicRefusals:
    """Middleware; the API and the staff portal have answers of their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        from nt24.pages.views import not_found

        if isinstance(exception, Http404) and not request.path.startswith(API):
            return not_found(request, exception)
        return None
