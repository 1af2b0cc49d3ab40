"""RSA keys and signatures (SHA-256, PKCS #1 v1.5), as WeChat and Alipay both use them, and files of settings."""

import base64
import binascii
import textwrap
import tomllib
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.core.exceptions import ImproperlyConfigured


def settings_of(path: str, wanted: tuple[str, ...]) -> dict[str, Any]:
    """What stands in the file; paths in it are beside it."""
    file = Path(path)
    try:
        said = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as wrong:
        raise ImproperlyConfigured(f"{path} cannot be read: {wrong}") from wrong
    if missing := [name for name in wanted if not said.get(name)]:
        raise ImproperlyConfigured(f"{path} lacks {', '.join(missing)}")
    return said | {"folder": file.parent}


def private_key(text: bytes) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(armoured(text, "PRIVATE KEY"), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def public_key(text: bytes) -> RSAPublicKey:
    """Of a key, or of the certificate that holds it."""
    if b"BEGIN CERTIFICATE" in text:
        key: Any = x509.load_pem_x509_certificate(text).public_key()
    else:
        key = serialization.load_pem_public_key(armoured(text, "PUBLIC KEY"))
    assert isinstance(key, RSAPublicKey)
    return key


def armoured(text: bytes, what: str) -> bytes:
    """Alipay hands keys out as bare base64."""
    if b"-----BEGIN" in text:
        return text
    body = "\n".join(textwrap.wrap("".join(text.decode().split()), 64))
    return f"-----BEGIN {what}-----\n{body}\n-----END {what}-----\n".encode()


def signed(message: str, key: RSAPrivateKey) -> str:
    return base64.b64encode(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def genuine(message: bytes, signature: str, key: RSAPublicKey) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
