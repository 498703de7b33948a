"""The App's keys: made once a process, since a fresh one takes a fifth of a second; and how a JWT is looked at."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from functools import cache

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from service.fake.github.state import Account, App
from service.fake.web import Refusal

LONGEST = 600  # seconds from now that a JWT may be good for; GitHub allows ten minutes


@cache
def pair() -> tuple[str, str]:
    """A private and a public key in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.decode(), key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def checked(app: App, token: str, now: datetime) -> Account:
    """The App's bot, where its key signed this and its times are right. Raises Refusal: 401."""
    options = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "iss"]}
    try:
        claims = jwt.decode(token, app.public, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
    except jwt.PyJWTError:
        raise Refusal(401, "A JSON web token could not be decoded") from None
    if str(claims["iss"]) != str(app.id):
        raise Refusal(401, "'Issuer' claim ('iss') must be an Integer")
    here = now.timestamp()
    if not isinstance(claims["exp"], int) or claims["exp"] <= here:
        raise Refusal(
            401, "'Expiration time' claim ('exp') must be a numeric value representing the future time"
        )
    if claims["exp"] > here + LONGEST + 5:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
    if claims["iat"] > here + 5:
        raise Refusal(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that it was issued"
        )
    return app.bot


def password(basic: str) -> str:
    """The password of HTTP's basic sign-in, where Git puts its token."""
    try:
        return base64.b64decode(basic).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
