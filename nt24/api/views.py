"""The house view: every endpoint under /v1 runs through it, in the order of checks of contract 4.1."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import orjson
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from rest_framework import exceptions as drf
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Field
from rest_framework.views import APIView

from nt24.actors import Actor, ActorKind
from nt24.api import idempotency, limits
from nt24.api.concurrency import etag, expected_version, is_fresh, not_modified
from nt24.api.json import MAX_BODY_BYTES, MAX_NAME, JsonRenderer, Shape, encode
from nt24.api.operation import Operation
from nt24.api.pagination import PageQuery, page_of
from nt24.api.paths import canonical
from nt24.api.warnings import Warned, WarningOut
from nt24.errors import (
    DomainError,
    FieldError,
    MalformedRequest,
    NotAcceptable,
    RateLimited,
    UnsupportedMediaType,
    ValidationFailed,
)
from nt24.framing import lend_length
from nt24.partners.authentication import Beside, Caller, SellerRef, authenticate
from nt24.partners.gates import GATES, capability_is_granted
from nt24.records import Record

WRITES = {"POST", "PATCH", "DELETE", "PUT"}
READS = {"GET", "HEAD"}
MAX_PURPOSE = 100  # contract 4.2
# What reading and parsing a body may raise; kept until step 9 of the order of checks.
BODY_FAILURES = (drf.APIException, DomainError, UnreadablePostError, SuspiciousOperation)


class ContractView(APIView):
    """Parse → one action → respond. A subclass locates its path objects and writes handlers with `@operation`."""

    gates: ClassVar[tuple[Callable[[Caller, Mapping[str, Any]], None], ...]] = GATES
    Out: ClassVar[type[BaseSerializer] | None] = None
    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES

    caller: Caller
    by: Actor
    body: Any = None
    query: Any = None
    raw_body: Any = None
    expected: int | None = None
    purpose: str = ""
    is_writing = False  # inside the transaction of a write: path objects are located with a lock

    # --- The order of checks -----------------------------------------------------------------------------------

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        self.request = request = self.initialize_request(request, *args, **kwargs)
        self.headers: dict[str, str] = {}
        self.allowance: limits.Allowance | None = None
        try:
            self.knock(request)
            handler = self.handler_for(request)
            run = self.write if request.method in WRITES else self.read
            response: HttpResponseBase = run(request, handler)
        except Exception as error:  # noqa: BLE001  every failure of the process is a problem document
            response = self.handle_exception(error)
        return self.finish(request, response)

    def knock(self, request: Request) -> None:
        """Steps 1 to 5: who is it, is it allowed to call now, and on behalf of this seller."""
        self.caller = caller = authenticate(request, self.kwargs.get("sellerId"), self.beside(**self.kwargs))
        self.by = Actor(ActorKind.API_CLIENT, caller.client_id, caller.client_id)
        request.auth = caller
        self.allowance = limits.check(caller, limits.category_of(request.method or "", request.path))
        if not self.allowance.is_allowed:
            raise RateLimited(
                "The limit of this minute is used up; wait and try again.",
                retry_after=self.allowance.retry_after,
            )
        for gate in self.gates:
            gate(caller, self.kwargs)

    def handler_for(self, request: Request) -> Callable[..., Any]:
        name = (request.method or "").lower()
        handler = getattr(self, name, None) if name in self.http_method_names else None
        if handler is None or (name == "options"):
            raise drf.MethodNotAllowed(request.method or "")
        if not accepts(request.headers.get("Accept", ""), handler.operation.answer):
            raise NotAcceptable(
                "This answers application/json (a download its own type); send a matching Accept."
            )
        return handler

    def read(self, request: Request, handler: Callable[..., Any]) -> HttpResponseBase:
        promise: Operation = handler.operation  # type: ignore[attr-defined]
        self.check_capability(promise)
        self.locate(**self.kwargs)
        self.read_query(request, promise)
        self.read_purpose(request, promise)
        return handler(request, **self.kwargs)

    def write(self, request: Request, handler: Callable[..., Any]) -> HttpResponse:
        """Steps 6 to 12, in one transaction with the idempotency key (contract 16.1)."""
        try:
            key = idempotency.key_of(request)
        except MalformedRequest:  # step 8, said after 6 and 7
            self.check_capability(handler.operation)  # type: ignore[attr-defined]
            self.locate(**self.kwargs)
            raise
        data, files, failure = self.read_body(request)
        failure = failure or self.prepare()
        return idempotency.run_once(
            organization_id=self.caller.organization_pk,
            key=key,
            wanted=idempotency.fingerprint(request, data, files),
            shows_secret=handler.operation.shows_secret,  # type: ignore[attr-defined]
            work=lambda: self.work(request, handler, failure),
        )

    def work(self, request: Request, handler: Callable[..., Any], failure: Exception | None) -> HttpResponse:
        promise: Operation = handler.operation  # type: ignore[attr-defined]
        self.is_writing = True
        self.check_capability(promise)
        self.locate(**self.kwargs)
        if failure is not None:
            raise failure
        self.check_body_capabilities(self.raw_body)
        self.read_query(request, promise)
        self.read_purpose(request, promise)
        sent, repeated = self.apart(promise, self.raw_body)
        self.body = {} if repeated and not sent else self.validated(promise.body, sent)
        if promise.if_match:
            self.expected = expected_version(request)
        if repeated:
            self.require_as_shown(repeated)
        return rendered(handler(request, **self.kwargs))

    @property
    def seller(self) -> SellerRef:
        """The seller of the path; the gate has seen to it that there is one."""
        assert self.caller.seller is not None
        return self.caller.seller

    # --- What subclasses fill in -------------------------------------------------------------------------------

    def beside(self, **kwargs: Any) -> Beside | None:
        """What the query that identifies the caller fetches as well; only for the hottest read."""
        return None

    def locate(self, **kwargs: Any) -> None:
        """Step 7: find the path objects, locked when the request writes; raise NotFound."""

    def prepare(self) -> Exception | None:
        """Work that must not run inside the transaction (storing an upload); what fails is raised at step 9 or 10."""
        return None

    def check_body_capabilities(self, body: Mapping[str, Any]) -> None:
        """Step 6, the part that depends on the body."""

    def present(self) -> Record:
        """What a PATCH changes, as it is now."""
        raise NotImplementedError

    def represent(self, record: Any) -> dict[str, Any]:
        """The record as this view shows it."""
        assert self.Out is not None
        return dict(self.Out(record, context={"view": self}).data)

    def represent_current(self, record: Any) -> dict[str, Any] | None:
        """`currentResource` of a 409, read again because the failed transaction is gone."""
        if self.Out is None or not isinstance(record, self.shown_types()):
            return None
        return self.represent(type(record)._base_manager.get(pk=record.pk))

    def shown_types(self) -> tuple[type[Record], ...]:
        """The models that `represent` can show."""
        return ()

    # --- Reading the request -----------------------------------------------------------------------------------

    def check_capability(self, promise: Operation) -> None:
        if promise.capability:
            capability_is_granted(self.caller, promise.capability)

    def read_body(self, request: Request) -> tuple[Any, dict[str, str], Exception | None]:
        """The parsed body, the digests of its files, and why it could not be read, if so."""
        try:
            require_plain_body(request)
            lend_length(request._request, self.max_body_bytes)
            data = parsed(request)
            files = request.FILES if hasattr(data, "getlist") else {}
            require_each_once(data)
        except BODY_FAILURES as failure:
            return None, {}, failure
        fields = {name: data[name] for name in data if name not in files}
        self.raw_body = {**fields, **dict(files.items())}
        return fields, {name: upload.sha256 for name, upload in files.items()}, None

    def validated(self, shape: type[BaseSerializer] | None, data: Any) -> Any:
        """Step 10.

        :raises ValidationFailed: also for a body where none belongs.
        """
        if shape is None:
            if data:
                raise ValidationFailed(*(FieldError(name, "This request takes no body.") for name in data))
            return None
        serializer = shape(data=data, context={"view": self})
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def apart(self, promise: Operation, body: Any) -> tuple[Any, dict[str, Any]]:
        """What a PATCH wants to change, and the read-only members that it repeats (contract 17.2).

        :raises ValidationFailed: it has neither.
        """
        if self.request.method != "PATCH" or promise.body is None:
            return body, {}
        if not body:
            raise ValidationFailed(FieldError("", "Send at least one member to change."))
        assert issubclass(promise.body, Shape)
        read_only = self.members().keys() - promise.body(context={"view": self}).fields.keys()
        sent = {name: value for name, value in body.items() if name not in read_only}
        return sent, {name: value for name, value in body.items() if name in read_only}

    def members(self) -> Mapping[str, Field[Any, Any, Any, Any]]:
        """Of the resource, by their names on the wire."""
        assert self.Out is not None
        assert issubclass(self.Out, Shape)
        return self.Out(context={"view": self}).fields

    def require_as_shown(self, repeated: Mapping[str, Any]) -> None:
        """Whoever merges and retries sends the whole resource; what cannot be changed has to be as it is.

        :raises VersionMismatch: the caller has another version, which is why the members differ.
        :raises ValidationFailed: the version is the present one, and a member has another value.
        """
        record = self.present()
        record.expect_version(self.expected)
        shown = orjson.loads(encode(self.represent(record)))
        fields = self.members()
        differing = [
            name for name, value in repeated.items() if not is_same(fields[name], value, shown.get(name))
        ]
        if differing:
            raise ValidationFailed(
                *(
                    FieldError(name, "This member cannot be changed, and has another value.")
                    for name in differing
                )
            )

    def read_query(self, request: Request, promise: Operation) -> None:
        sent = request.query_params
        if repeated := [name for name in sent if len(sent.getlist(name)) > 1]:
            raise ValidationFailed(*(FieldError(name, "Send this once.") for name in repeated))
        if promise.query is not None:
            self.query = self.validated(promise.query, sent.dict())
        elif sent:
            raise ValidationFailed(*(FieldError(name, "This parameter is not known here.") for name in sent))

    def read_purpose(self, request: Request, promise: Operation) -> None:
        if not promise.reads_personal_data:
            return
        self.purpose = request.headers.get("X-Purpose", "")
        if len(self.purpose) > MAX_PURPOSE:
            raise ValidationFailed(FieldError("X-Purpose", f"At most {MAX_PURPOSE} characters."))

    # --- Answering ---------------------------------------------------------------------------------------------

    def shown(self, record: Any, status: int = 200) -> HttpResponse | Response:
        """A versioned resource: 304 when the caller has it already."""
        tag = etag(record.version)
        if self.request.method in READS and is_fresh(self.request, tag):
            return not_modified(tag)
        return Response(self.represent(record), status=status, headers={"ETag": tag})

    def created(
        self, record: Any, location: str, *, is_new: bool = True, warnings: Sequence[Warned] = ()
    ) -> HttpResponse | Response:
        """What was made, or found by its natural key; with `warnings` where there are any."""
        response = self.shown(record, 201 if is_new else 200)
        if warnings:
            assert isinstance(response, Response)
            response.data |= {"warnings": WarningOut(warnings, many=True).data}
        if is_new:
            response["Location"] = canonical(location)
        return response

    def listed(self, rows: Any, out: type[BaseSerializer]) -> Response:
        """One page of rows (contract 4.7)."""
        query: type[PageQuery] = getattr(self, (self.request.method or "").lower()).operation.query
        data, pagination = page_of(rows, query, self.query)
        return Response({"data": out(data, many=True, context={"view": self}).data, "pagination": pagination})

    def deprecation_headers(self, request: Request) -> dict[str, str]:
        """Of an operation that goes (contract 17.8), on every answer of it."""
        promise = getattr(getattr(self, (request.method or "").lower(), None), "operation", None)
        return promise.deprecation.headers() if promise is not None and promise.deprecation else {}

    def finish(self, request: Request, response: HttpResponseBase) -> HttpResponseBase:
        """Headers that every answer carries; a `Response` is rendered by Django afterwards."""
        request.accepted_renderer, request.accepted_media_type = JsonRenderer(), "application/json"
        response = self.finalize_response(request, response)  # type: ignore[arg-type]
        if isinstance(response, HttpResponse) and not isinstance(response, Response) and not response.content:
            response.headers.pop("Content-Type", None)  # a 204 or its replay has no type
        response["Vary"] = "Authorization"
        if "Cache-Control" not in response:
            may_be_kept = "ETag" in response and request.method in READS
            response["Cache-Control"] = "private, no-cache" if may_be_kept else "no-store"
        for name, value in self.deprecation_headers(request).items():
            response[name] = value
        if self.allowance is not None:
            for name, value in self.allowance.headers().items():
                response[name] = value
        return response


def is_same(field: Field[Any, Any, Any, Any], sent: Any, shown: Any) -> bool:
    """Whether both mean the same, also in another spelling: a uuid in capitals, a time in another zone.

    Times are compared by the millisecond: a date of JavaScript has no more.
    """

    def meant(value: Any) -> Any:
        try:
            read = field.run_validation(value)
        except drf.ValidationError:
            return value
        return (
            read.replace(microsecond=read.microsecond // 1000 * 1000) if isinstance(read, datetime) else read
        )

    return type(sent) is type(shown) and bool(meant(sent) == meant(shown))


def parsed(request: Request) -> Any:
    """:raises MalformedRequest: a header inside the form names an encoding that does not exist."""
    try:
        return request.data
    except LookupError as failure:
        raise MalformedRequest("The headers inside the form cannot be read.") from failure


def require_plain_body(request: Request) -> None:
    """:raises UnsupportedMediaType: the body is compressed, so that its size cannot be bounded, or is not in UTF-8."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    charset = (request._request.content_params or {}).get("charset", "utf-8")
    if charset.strip().lower() not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise UnsupportedMediaType("Send the body in UTF-8.")


def require_each_once(data: Any) -> None:
    """The fields of a form; of JSON the parser has seen to it.

    :raises MalformedRequest: a field or file is sent twice, so that nobody can know which one is meant.
    """
    if not hasattr(data, "getlist"):
        return
    for name in data:
        if len(data.getlist(name)) > 1:
            raise MalformedRequest(f"{name[:MAX_NAME]} is sent twice.")


def accepts(header: str, answer: object) -> bool:
    """Whether what we would answer matches one of the ranges in `Accept`; quality does not matter with one choice."""
    offered = {"application/json", "application/problem+json", *([answer] if isinstance(answer, str) else [])}
    ranges = {part.split(";")[0].strip().lower() for part in header.split(",") if part.strip()}
    families = {"*/*", *(f"{media.split('/')[0]}/*" for media in offered)}
    is_any_download = answer == "application/octet-stream"
    return not ranges or is_any_download or not ranges.isdisjoint(offered | families)


def rendered(response: HttpResponseBase) -> HttpResponse:
    """A write's answer as bytes, so that the same bytes are stored for its replay."""
    if not isinstance(response, Response):
        assert isinstance(response, HttpResponse)
        return response
    body = b"" if response.data is None else encode(response.data)
    answer = HttpResponse(body, status=response.status_code, content_type="application/json")
    if not body:
        del answer["Content-Type"]
    for name, value in response.headers.items():
        if name != "Content-Type":
            answer[name] = value
    return answer
