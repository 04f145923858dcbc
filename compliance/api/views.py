"""The rollup, the Export File and its regeneration over HTTP (contract 10)."""

from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import exports
from compliance.api.serializers import ExportFileOut, RollupOut, VersionQuery
from compliance.models import ExportFile
from nt24.api.concurrency import etag, is_fresh, not_modified
from nt24.api.operation import operation
from nt24.api.views import ContractView
from nt24.documents.downloads import SameBytes
from nt24.documents.storage import open_blob
from nt24.errors import StateConflict
from nt24.partners.authentication import Beside
from orders.api.views import OnOrder


class RollupView(ContractView):
    """The hottest read of the API: caller, tenant, version and stored bytes come with one statement."""

    def beside(self, **kwargs: Any) -> Beside | None:
        return Beside(
            columns="rollup.version, rollup.body",
            joins="LEFT JOIN orders_order ord ON ord.uuid = %s AND ord.seller_id = s.id"
            " LEFT JOIN compliance_rollup rollup ON rollup.order_id = ord.id",
            params=(kwargs["orderUuid"],),
        )

    @operation("Read the compliance rollup", answer=RollupOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        version, body = self.caller.beside
        if version is None:
            raise Http404
        tag = etag(version)
        if is_fresh(request, tag):
            return not_modified(tag)
        return HttpResponse(bytes(body), content_type="application/json", headers={"ETag": tag})


class ExportFileView(OnOrder):
    @operation("Read the Export File's status", answer=ExportFileOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        versions = exports.versions_of(self.order)
        tag = etag(f"{versions[0].number}-{versions[0].version}" if versions else "0")
        if is_fresh(request, tag):
            return not_modified(tag)
        return Response(
            ExportFileOut(exports.export_file_as_shown(self.order, versions)).data, headers={"ETag": tag}
        )


class ExportFileContentView(OnOrder):
    @operation("Download the Export File", query=VersionQuery, answer="application/pdf", is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        wanted = self.query.get("version")
        ready = [row for row in exports.versions_of(self.order) if row.status == ExportFile.Status.READY]
        export = next((row for row in ready if wanted in (None, row.number)), None)
        if export is None:
            raise Http404
        tag = etag(export.number)
        if is_fresh(request, tag):
            return not_modified(tag)
        return pdf_response(export, tag)


def pdf_response(export: ExportFile, tag: str) -> StreamingHttpResponse:
    file = open_blob(export.storage_key)
    return StreamingHttpResponse(
        SameBytes(file, export),
        content_type="application/pdf",
        headers={
            "Content-Length": str(export.size),
            "Content-Disposition": content_disposition_header(
                True, f"export-file-{export.order.external_order_id}-v{export.number}.pdf"
            )
            or "attachment",
            "ETag": tag,
            "X-Content-Type-Options": "nosniff",
        },
    )


class RegenerateView(OnOrder):
    @operation(
        "Regenerate the Export File",
        about="Asks for a new version of the Export File of a verdict; the old ones are kept.",
        status=202,
        fails=(StateConflict,),
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        exports.regenerate_export(self.order, by=self.by)
        return Response(status=202)
