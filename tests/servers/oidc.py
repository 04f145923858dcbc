"""A company's identity provider on a local port: OpenID Connect's code flow with PKCE, signed tokens, its keys.

Written from the specifications (OpenID Connect Core and Discovery, RFC 7636) and without our code.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "nt24-staff", "a-secret-of-the-provider"


@dataclass
class Provider:
    """`person` are the claims of whoever sits at the browser; `refuses` makes him press Cancel."""

    person: dict[str, Any] = field(default_factory=dict)
    refuses: bool = False
    audience: str = CLIENT_ID
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    issuer: str = ""

    def __post_init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"provider": self}))
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realms/company"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        answer = {"state": asked["state"]}
        if self.refuses:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_urlsafe()
            self.codes[answer["code"]] = asked
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def exchange(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, to whoever knows the secret and the verifier."""
        asked = self.codes.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return None
        if (sent.get("client_id"), sent.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return None
        access = secrets.token_urlsafe()
        self.tokens.add(access)
        claims = {"iss": self.issuer, "aud": self.audience, "iat": int(time.time()), **self.person}
        claims["exp"] = claims["iat"] + 300
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]}


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        path = self.path.removeprefix("/realms/company").partition("?")[0]
        self.provider.asked.append(path)
        if path == "/.well-known/openid-configuration":
            self.answer(self.provider.discovery())
        elif path == "/authorize":
            query = parse_qs(urlsplit(self.path).query)
            self.send_response(302)
            self.send_header(
                "Location", self.provider.authorize({name: values[0] for name, values in query.items()})
            )
            self.end_headers()
        elif path == "/keys":
            self.answer(self.provider.keys())
        elif path == "/userinfo" and self.has_token():
            self.answer(self.provider.person)
        else:
            self.answer({"error": "invalid_request"}, 401)

    def do_POST(self) -> None:
        path = self.path.removeprefix("/realms/company")
        self.provider.asked.append(path)
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        sent = {name: values[0] for name, values in body.items()}
        tokens = self.provider.exchange(sent) if path == "/token" else None
        self.answer(tokens or {"error": "invalid_grant"}, 200 if tokens else 400)

    def has_token(self) -> bool:
        return self.headers.get("Authorization", "").removeprefix("Bearer ") in self.provider.tokens

    def answer(self, members: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(members).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""
