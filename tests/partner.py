"""A partner's system: an HTTP client with a token, a key per request, and the paths of one seller."""

import uuid
from typing import Any

from django.test import Client

from nt24.partners.tokens import signed_token


class Partner:
    """Calls `/v1` as one API client. Paths that start with `P` are below its seller."""

    def __init__(self, client: Any, seller: Any = None) -> None:
        self.client, self.seller = client, seller
        self.http = Client(raise_request_exception=False)
        self.authorization = f"Bearer {signed_token(client)}"

    def path(self, path: str) -> str:
        return f"/v1/partners/{self.seller.uuid}{path[1:]}" if path.startswith("P") else path

    def get(self, path: str, **headers: str) -> Any:
        return self.http.get(self.path(path), headers=self.headers(headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        return self.send("POST", path, body, key=key, **headers)

    def patch(
        self, path: str, body: Any, *, version: int | None = None, key: str | None = None, **headers: str
    ) -> Any:
        match = {} if version is None else {"If-Match": f'"{version}"'}
        return self.send("PATCH", path, body, key=key, **match, **headers)

    def delete(self, path: str, *, key: str | None = None, **headers: str) -> Any:
        return self.send("DELETE", path, None, key=key, **headers)

    def send(self, method: str, path: str, body: Any, *, key: str | None = None, **headers: str) -> Any:
        """`key=""` sends none."""
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        sent = self.headers(headers, key=key)
        return self.http.generic(method, self.path(path), **as_bytes(content), headers=sent)

    def upload(
        self, path: str, type: str, content: bytes, *, name: str = "scan.pdf", dated: str = "2026-04-18",
        key: str | None = None, **fields: Any
    ) -> Any:  # fmt: skip
        from django.core.files.uploadedfile import SimpleUploadedFile

        data = {"type": type, "documentDate": dated, "file": SimpleUploadedFile(name, content), **fields}
        return self.http.post(self.path(path), data, headers=self.headers({}, key=key))

    def headers(self, extra: dict[str, str], *, key: str | None = None) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in extra.items()}
        sent = {
            "Authorization": self.authorization,
            "Idempotency-Key": key if key is not None else uuid.uuid4().hex,
        }
        sent |= named
        return {name: value for name, value in sent.items() if value != ""}


def as_bytes(content: dict[str, Any]) -> dict[str, Any]:
    import orjson

    if not content:
        return {"data": b"", "content_type": "application/json"}
    body = content["data"]
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return {"data": raw, "content_type": content["content_type"]}
