"""Debian's nginx with our reference configuration, on ports of its own, before one web process."""

import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from tests.servers.web import HOST, Caller, free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
NAME = "portal.example"


class SafeCaller(Caller):
    """The same over TLS, to whatever certificate."""

    def __init__(self, port: int, *, patience: float = 30) -> None:
        super().__init__(port, patience=patience)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname=NAME)


@contextmanager
def nginx(folder: Path, portal: int, patience: str = "120s") -> Iterator[tuple[int, int]]:
    """The reference configuration with its three marked lines changed; the ports for https and http.

    `patience` is how long nginx waits for an answer of the portal.
    """
    assert NGINX
    secure, plain = free_port(), free_port()
    write_certificate(folder)
    changed = adapted(
        (settings.BASE_DIR / "deploy" / "nginx.conf").read_text(), folder, portal, secure, plain
    )
    changed = changed.replace("proxy_read_timeout 120s;", f"proxy_read_timeout {patience};")
    (folder / "nt24.conf").write_text(changed)
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers may not write below our folder
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        "events { worker_connections 256; }\n"
        f"http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"include {folder}/nt24.conf; }}\n"
    )
    process = subprocess.Popen([NGINX, "-e", f"{folder}/error.log", "-p", str(folder), "-c", "nginx.conf"])
    try:
        await_listener(secure, process, folder)
        yield secure, plain
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def adapted(text: str, folder: Path, portal: int, secure: int, plain: int) -> str:
    text = text.replace("server 127.0.0.1:8000;", f"server {HOST}:{portal};")
    text = re.sub(r"listen \[::\]:.*;", "", text)
    text = text.replace("listen 80;", f"listen {HOST}:{plain};")
    text = text.replace("listen 443 ssl;", f"listen {HOST}:{secure} ssl;")
    return text.replace("/etc/nginx/nt24", f"{folder}/nt24").replace("/var/log/nginx/", f"{folder}/")


def await_listener(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(100):
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            Caller(port).socket.close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not listen")


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    certificate = (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "nt24.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "nt24.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
