"""The token endpoint and its two documents, at Keycloak's paths and with Keycloak's answers (contract 3).

They answer the errors of RFC 6749, not problem documents (contract 16.14), and only while we are the issuer.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from nt24.partners.keys import OPENID_CONNECT, SIGNING_ALGORITHM, is_embedded, published_key
from nt24.partners.tokens import SCOPE, TooFast, WrongCredentials, exchange
from nt24.visitors import visitor_of

FORM = "application/x-www-form-urlencoded"
CLIENT_CREDENTIALS = "client_credentials"
METHODS = ("client_secret_post", "client_secret_basic")
JWKS_SECONDS = 300  # how long others may keep our key set; a new key is published that long before it signs


class TokenRefused(Exception):
    """An error answer of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, *, status: int = 400, retry_after: int = 0) -> None:
        super().__init__(error)
        self.error, self.description = error, description
        self.status, self.retry_after = status, retry_after


@csrf_exempt  # there is no session here: the credentials are in the request itself
def token(request: HttpRequest) -> HttpResponse:
    """`POST …/token`: client credentials in, access token out."""
    require_embedded_issuer()
    try:
        answer = JsonResponse(granted(request))
    except TokenRefused as refusal:
        answer = refused(refusal)
    answer["Cache-Control"], answer["Pragma"] = "no-store", "no-cache"
    return answer


@require_safe
def certs(request: HttpRequest) -> HttpResponse:
    """`GET …/certs`: the public key as a JWKS."""
    require_embedded_issuer()
    answer = JsonResponse({"keys": [published_key()]})
    answer["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    return answer


@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """`GET …/.well-known/openid-configuration`: where everything is (OpenID Connect Discovery, RFC 8414)."""
    require_embedded_issuer()
    issuer = settings.OIDC_ISSUER
    answer = JsonResponse(
        {
            "issuer": issuer,
            "token_endpoint": f"{issuer}{OPENID_CONNECT}/token",
            "jwks_uri": f"{issuer}{OPENID_CONNECT}/certs",
            "grant_types_supported": [CLIENT_CREDENTIALS],
            "token_endpoint_auth_methods_supported": list(METHODS),
            "id_token_signing_alg_values_supported": [SIGNING_ALGORITHM],
            "scopes_supported": ["openid", *SCOPE.split()],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
        }
    )
    answer["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    return answer


def require_embedded_issuer() -> None:
    """:raises Http404: tokens come from elsewhere, so that nobody mistakes ours for valid ones."""
    if not is_embedded():
        raise Http404("Access tokens are issued elsewhere.")


def granted(request: HttpRequest) -> dict[str, Any]:
    """The answer to a good request. A `scope` that was asked for is not narrowed: there is only one.

    :raises TokenRefused: with the first thing that is wrong.
    """
    form = form_of(request)
    client_id, secret = credentials_in(request, form)
    grant_type = only(form, "grant_type")
    if not grant_type:
        raise TokenRefused("invalid_request", "The parameter grant_type is missing.")
    if grant_type != CLIENT_CREDENTIALS:
        raise TokenRefused("unsupported_grant_type", f"Only {CLIENT_CREDENTIALS} is supported.")
    try:
        access_token = exchange(client_id, secret, address=visitor_of(request))
    except WrongCredentials:
        raise invalid_client() from None
    except TooFast as failure:
        raise TokenRefused(
            "slow_down", "Too many attempts; wait and try again.", status=429, retry_after=failure.wait
        ) from None
    return {
        "access_token": access_token,
        "expires_in": settings.ACCESS_TOKEN_SECONDS,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "scope": SCOPE,
    }


def form_of(request: HttpRequest) -> QueryDict:
    """:raises TokenRefused: not a POST of a readable form."""
    if request.method != "POST":
        raise TokenRefused("invalid_request", "Use POST.", status=405)
    if request.content_type != FORM:
        raise TokenRefused("invalid_request", f"Send the parameters as {FORM}.")
    try:
        return request.POST
    except (RequestDataTooBig, TooManyFieldsSent, MultiPartParserError):
        raise TokenRefused("invalid_request", "The request is too large.") from None


def only(form: QueryDict, name: str) -> str:
    """The parameter's one value, empty when it is missing.

    :raises TokenRefused: it was sent twice, which RFC 6749, section 3.2, forbids.
    """
    values = form.getlist(name)
    if len(values) > 1:
        raise TokenRefused("invalid_request", f"The parameter {name} was sent more than once.")
    return values[0] if values else ""


def credentials_in(request: HttpRequest, form: QueryDict) -> tuple[str, str]:
    """Client id and secret, from the header or from the form.

    :raises TokenRefused: none, or both ways at once.
    """
    client_id, secret = only(form, "client_id"), only(form, "client_secret")
    header = request.headers.get("Authorization", "")
    if not header:
        if not client_id or not secret:
            raise invalid_client()
        return client_id, secret
    if secret:
        raise TokenRefused("invalid_request", "Send the client's credentials in one way only.")
    from_header = basic_credentials(header)
    if client_id and client_id != from_header[0]:
        raise TokenRefused("invalid_request", "The header and the form name different clients.")
    return from_header


def basic_credentials(header: str) -> tuple[str, str]:
    """:raises TokenRefused: the header is not a readable `Basic` one."""
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_client() from None
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise invalid_client()
    # Both were form-encoded before they were joined (RFC 6749, section 2.3.1).
    return unquote_plus(client_id), unquote_plus(secret)


def invalid_client() -> TokenRefused:
    return TokenRefused("invalid_client", "Invalid client or invalid client credentials.", status=401)


def refused(refusal: TokenRefused) -> JsonResponse:
    answer = JsonResponse(
        {"error": refusal.error, "error_description": refusal.description}, status=refusal.status
    )
    if refusal.status == 401:
        answer["WWW-Authenticate"] = 'Basic realm="nt24-idp"'
    if refusal.status == 405:
        answer["Allow"] = "POST"
    if refusal.retry_after:
        answer["Retry-After"] = str(refusal.retry_after)
    return answer
