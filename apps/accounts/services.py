"""People, their tokens and sign-in links, and the audit log."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import ApiToken, AuditEntry, SignInLink, User
from apps.accounts.rows import RowReader

ADMINISTRATOR = "admin"
LAST_USED_EVERY = timedelta(minutes=1)
SIGN_IN_LINK_LIFETIME = timedelta(hours=24)
TOKEN = RowReader(ApiToken, "token")
PERSON = RowReader(User, "person")


def _digest(text: str) -> str:
    # The texts are long and random, so a plain hash keeps them: there is nothing to guess.
    return hashlib.sha256(text.encode()).hexdigest()


def user_create(*, username: str) -> User:
    """A person who can sign in by link or token only. Raises ValidationError for a bad name."""
    user = User(username=username)
    user.set_unusable_password()
    user.full_clean()
    user.save()
    return user


def administrator_ensure(*, password: str | None) -> User:
    """The first administrator, `admin`, made if missing; with a password, that one is set.

    Without one, a password that the administrator chose in the meantime stays.
    """
    user, created = User.objects.get_or_create(username=ADMINISTRATOR)
    user.is_staff = user.is_superuser = user.is_active = True
    if password and not user.check_password(password):
        user.set_password(password)
    elif created:
        user.set_unusable_password()
    user.save()
    return user


def password_set(*, user: User, password: str) -> None:
    """Gives a person a password; every other session of theirs ends with it."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        audit_record(actor=user, action="password.set")


def api_token_create(*, user: User, name: str) -> str:
    """A new token's text. It is not kept and cannot be shown again."""
    text = secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(user=user, name=name, digest=_digest(text), prefix=text[:8])
        audit_record(
            actor=user, action="token.create", detail={"token": token.prefix, "name": name}
        )
    return text


def api_token_use(*, text: str) -> ApiToken | None:
    """The token of that text, with its user, if it may be used now."""
    with connection.cursor() as cursor:
        # By hand, as every call comes through here.
        cursor.execute(
            f"""SELECT {TOKEN.columns}, {PERSON.columns}
            FROM accounts_apitoken token JOIN accounts_user person ON person.id = token.user_id
            WHERE token.digest = %s AND token.revoked_at IS NULL AND person.is_active""",  # noqa: S608 — columns' names
            [_digest(text)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    token = TOKEN.read(row[: TOKEN.width])
    token.user = PERSON.read(row[TOKEN.width :])
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def api_token_revoke(*, token: ApiToken, actor: User | None) -> None:
    """Ends a token's use; its row stays for the log."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit_record(
                actor=actor,
                action="token.revoke",
                detail={"token": token.prefix, "of": token.user.username, "name": token.name},
            )


def sign_in_link_create(*, user: User) -> str:
    """The secret of a link that signs `user` in once, within a day."""
    text = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        user=user, digest=_digest(text), expires_at=timezone.now() + SIGN_IN_LINK_LIFETIME
    )
    return text


def sign_in_link_use(*, text: str) -> User | None:
    """The person whom the link signs in; None where it is unknown, used or too old."""
    now = timezone.now()
    used = SignInLink.objects.filter(
        digest=_digest(text), used_at=None, expires_at__gt=now, user__is_active=True
    ).update(used_at=now)
    return (
        SignInLink.objects.select_related("user").get(digest=_digest(text)).user if used else None
    )


def sign_in_link_owner(*, text: str) -> User | None:
    """The person whom the link would sign in now; it stays unused."""
    link = SignInLink.objects.select_related("user").filter(digest=_digest(text), used_at=None)
    current = link.filter(expires_at__gt=timezone.now(), user__is_active=True).first()
    return current.user if current else None


def audit_record(
    *,
    actor: User | None,
    action: str,
    project_slug: str = "",
    detail: dict[str, object] | None = None,
) -> None:
    """Notes what a person did."""
    AuditEntry.objects.create(
        actor=actor, action=action, project_slug=project_slug, detail=detail or {}
    )
