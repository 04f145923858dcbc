"""The paths of the embedded token issuer in the OpenAPI document (contract 3).

They are plain views at Keycloak's paths and answer the errors of RFC 6749, so they are described by hand.
"""

from typing import Any

from nt24.partners.keys import EMBEDDED_REALM, OPENID_CONNECT, SIGNING_ALGORITHM
from nt24.partners.tokens import SCOPE
from nt24.partners.views import CLIENT_CREDENTIALS, FORM, METHODS

Schema = dict[str, Any]

TOKEN_PATH = f"{EMBEDDED_REALM}{OPENID_CONNECT}/token"
CERTS_PATH = f"{EMBEDDED_REALM}{OPENID_CONNECT}/certs"
CONFIGURATION_PATH = f"{EMBEDDED_REALM}/.well-known/openid-configuration"
HEADERS: Schema = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}


def issuer_paths() -> Schema:
    return {
        TOKEN_PATH: {"post": token()},
        CERTS_PATH: {"get": certs()},
        CONFIGURATION_PATH: {"get": configuration()},
    }


def json_answer(about: str, schema: Schema, *, headers: Schema | None = None, **media: Any) -> Schema:
    return {
        "description": about,
        "headers": HEADERS | (headers or {}),
        "content": {"application/json": {"schema": schema, **media}},
    }


def refusal(about: str, *errors: str, headers: Schema | None = None) -> Schema:
    schema = {
        "type": "object",
        "required": ["error", "error_description"],
        "properties": {
            "error": {"enum": list(errors), "type": "string"},
            "error_description": {"type": "string"},
        },
    }
    return json_answer(about, schema, headers=headers)


def token() -> Schema:
    return {
        "operationId": "requestAccessToken",
        "summary": "Request an access token",
        "description": "The client credentials grant. Send id and secret in the form, or as HTTP Basic "
        "authentication. Use one token until shortly before it expires; the endpoint is throttled per client "
        "and address. Errors are those of RFC 6749, not problem documents.",
        "tags": ["Authentication"],
        "security": [{}, {"clientBasic": []}],
        "requestBody": {
            "required": True,
            "content": {
                FORM: {
                    "example": {
                        "grant_type": "client_credentials",
                        "client_id": "$CLIENT_ID",
                        "client_secret": "$CLIENT_SECRET",
                    },
                    "schema": {
                        "type": "object",
                        "required": ["grant_type"],
                        "properties": {
                            "grant_type": {"const": CLIENT_CREDENTIALS},
                            "client_id": {"type": "string", "examples": ["api-client-acme"]},
                            "client_secret": {"type": "string", "format": "password"},
                            "scope": {
                                "type": "string",
                                "description": f"May be sent; it is always `{SCOPE}`.",
                            },
                        },
                    },
                }
            },
        },
        "responses": {
            "200": json_answer(
                "An access token, to be sent as `Authorization: Bearer <token>`.",
                token_schema(),
                headers={"Cache-Control": {"$ref": "#/components/headers/CacheControl"}},
            ),
            "400": refusal("The request is not right.", "invalid_request", "unsupported_grant_type"),
            "401": refusal(
                "The client is not known or the secret is wrong.",
                "invalid_client",
                headers={"WWW-Authenticate": {"$ref": "#/components/headers/WWWAuthenticate"}},
            ),
            "429": refusal(
                "Too many attempts.",
                "slow_down",
                headers={"Retry-After": {"$ref": "#/components/headers/RetryAfter"}},
            ),
        },
    }


def token_schema() -> Schema:
    return {
        "type": "object",
        "required": ["access_token", "expires_in", "token_type", "not-before-policy", "scope"],
        "properties": {
            "access_token": {"type": "string", "description": "A signed JWT."},
            "expires_in": {"type": "integer", "description": "Seconds.", "examples": [300]},
            "token_type": {"const": "Bearer"},
            "not-before-policy": {"type": "integer"},
            "scope": {"const": SCOPE},
        },
    }


def certs() -> Schema:
    key = {
        "type": "object",
        "required": ["kty", "kid", "alg", "use"],
        "properties": {
            "kty": {"type": "string"},
            "kid": {"type": "string"},
            "alg": {"const": SIGNING_ALGORITHM},
            "use": {"const": "sig"},
        },
    }
    schema = {"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array", "items": key}}}
    return {
        "operationId": "readSigningKeys",
        "summary": "Read the signing keys",
        "description": "The public keys of access tokens as a JWK set (RFC 7517).",
        "tags": ["Authentication"],
        "security": [{}],
        "responses": {"200": json_answer("The key set.", schema)},
    }


def configuration() -> Schema:
    texts = {"type": "array", "items": {"type": "string"}}
    address = {"type": "string", "format": "uri"}
    properties = {
        "issuer": address,
        "token_endpoint": address,
        "jwks_uri": address,
        "grant_types_supported": {"type": "array", "items": {"const": CLIENT_CREDENTIALS}},
        "token_endpoint_auth_methods_supported": {"type": "array", "items": {"enum": list(METHODS)}},
        "id_token_signing_alg_values_supported": texts,
        "scopes_supported": texts,
    }
    return {
        "operationId": "readIssuerConfiguration",
        "summary": "Read the issuer's configuration",
        "description": "Where everything is (OpenID Connect Discovery, RFC 8414).",
        "tags": ["Authentication"],
        "security": [{}],
        "responses": {
            "200": json_answer(
                "The configuration.",
                {"type": "object", "required": list(properties), "properties": properties},
            )
        },
    }
