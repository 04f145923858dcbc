"""`GET /v1/openapi.json`: the committed document, with what this installation has of its own.

Nothing is built while serving: `make check` has seen to it that the committed document is the code's.
"""

import hashlib
import json
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt

from nt24.api.json import encode
from nt24.api.openapi_document import COMMITTED
from nt24.api.openapi_issuer import issuer_paths
from nt24.api.openapi_parts import SECURITY_SCHEME
from nt24.api.openapi_problems import PROBLEM_BASE
from nt24.errors import MethodNotAllowed
from nt24.partners.keys import OPENID_CONNECT, is_embedded

KEPT_SECONDS = 300
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # in C where libyaml is there


@csrf_exempt  # nothing is written; without it an unknown method would get a CSRF page instead of its 405
def openapi_document(request: HttpRequest, *, is_yaml: bool = False) -> HttpResponseBase:
    """Public: no token, no budget. The same content as JSON and, by its published name, as YAML (contract 17.6)."""
    if request.method not in {"GET", "HEAD"}:
        from nt24.api.problems import response

        refused = response(MethodNotAllowed("This can only be read."), request)
        refused["Allow"] = "GET, HEAD"
        return refused
    serve, media = (yaml_bytes, "application/yaml") if is_yaml else (served_bytes, "application/json")
    body = serve(str(settings.OIDC_ISSUER), str(settings.PROBLEM_BASE_URL))
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(body, content_type=media)
    answer["ETag"], answer["Cache-Control"] = tag, f"public, max-age={KEPT_SECONDS}"
    return get_conditional_response(request, etag=tag, response=answer) or answer


@cache
def served_bytes(issuer: str, problem_base: str) -> bytes:
    """Read once per process."""
    text = COMMITTED.read_text(encoding="utf-8").replace(PROBLEM_BASE, problem_base)
    document: dict[str, Any] = json.loads(text)
    if not is_embedded():
        for path in issuer_paths():
            del document["paths"][path]
        flow = document["components"]["securitySchemes"][SECURITY_SCHEME]["flows"]["clientCredentials"]
        flow["tokenUrl"] = f"{issuer}{OPENID_CONNECT}/token"
    return encode(document)


@cache
def yaml_bytes(issuer: str, problem_base: str) -> bytes:
    """Written once per process, when somebody asks."""
    document = json.loads(served_bytes(issuer, problem_base))
    return yaml.dump(document, Dumper=DUMPER, sort_keys=False, allow_unicode=True).encode()
