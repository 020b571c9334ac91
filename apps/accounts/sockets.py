"""Who stands behind a websocket."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from apps.accounts.models import User
from apps.accounts.services import api_token_use


def person_of_socket(headers: list[tuple[bytes, bytes]]) -> User | None:
    """The person whom the opening request's token or session signs in at this moment.

    Read afresh on every call, so that a socket learns of a sign-out, a revoked
    token or a deactivated person while it is open.
    """
    texts = {name: value.decode("latin-1") for name, value in headers}
    scheme, _, token_text = texts.get(b"authorization", "").partition(" ")
    if scheme.lower() == "token":
        token = api_token_use(text=token_text.strip())
        return token.user if token else None
    key = parse_cookie(texts.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME)
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) else None
