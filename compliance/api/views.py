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
from compliance.rollup import download_path
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


class OnExportFile(OnOrder):
    def versions(self) -> list[ExportFile]:
        """Newest first."""
        return list(ExportFile.objects.filter(order=self.order).defer("dossier").order_by("-number"))


class ExportFileView(OnExportFile):
    @operation("Read the Export File's status", answer=ExportFileOut, is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        versions = self.versions()
        tag = etag(f"{versions[0].number}-{versions[0].version}" if versions else "0")
        if is_fresh(request, tag):
            return not_modified(tag)
        return Response(ExportFileOut(self.as_shown(versions)).data, headers={"ETag": tag})

    def as_shown(self, versions: list[ExportFile]) -> dict[str, Any]:
        if not versions:
            return {
                "status": "NOT_ELIGIBLE",
                "version": None,
                "download_url": None,
                "generated_at": None,
                "decision": None,
                "superseded_versions": [],
            }
        newest, *older = versions
        is_ready = newest.status == ExportFile.Status.READY
        return {
            "status": newest.status,
            "version": newest.number,
            "download_url": download_path(self.order.seller.uuid, self.order.uuid, newest.number)
            if is_ready
            else None,
            "generated_at": newest.generated_at,
            "decision": newest.decision,
            "superseded_versions": [
                {
                    "version": row.number,
                    "generated_at": row.generated_at,
                    "archived_reason": successor.get_reason_display(),
                }
                for successor, row in zip(versions, older, strict=False)
            ],
        }


class ExportFileContentView(OnExportFile):
    @operation("Download the Export File", query=VersionQuery, answer="application/pdf", is_versioned=True)
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        wanted = self.query.get("version")
        ready = [row for row in self.versions() if row.status == ExportFile.Status.READY]
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
    @operation("Regenerate the Export File", status=202, fails=(StateConflict,))
    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        exports.regenerate_export(self.order, by=self.by)
        return Response(status=202)
