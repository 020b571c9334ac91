"""Signing in and out, and a person's own page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.forms import SignInForm, TokenForm
from apps.accounts.forms import password_form as new_password_form
from apps.accounts.selectors import api_token_list, person_of
from apps.accounts.services import (
    api_token_create,
    api_token_revoke,
    password_set,
    sign_in_link_owner,
    sign_in_link_use,
)


class SignInView(LoginView):
    """Username and password. `next` is followed on this host only."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.has_error("__all__", code="throttled"):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return response


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time link. Opening it uses nothing up, so that previews and prefetches cannot.

    The page's script presses its button as soon as a person sees the page; only
    that POST signs in.
    """
    if request.method == "GET":
        owner = sign_in_link_owner(text=secret)
        context = {"owner": owner, "press": not request.user.is_authenticated}
        status = HTTPStatus.OK if owner else HTTPStatus.GONE
        return render(request, "accounts/sign_in_link.html", context, status=status)
    user = sign_in_link_use(text=secret)
    if user is None:
        context = {"owner": None}
        return render(request, "accounts/sign_in_link.html", context, status=HTTPStatus.GONE)
    login(request, user)
    return redirect("home")


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The Django admin's own sign-in page would neither slow guessing down nor look like ours."""
    if request.user.is_authenticated:
        raise PermissionDenied("The administration is for administrators.")
    query = request.GET.urlencode()
    return redirect(f"{reverse('sign_in')}?{query}" if query else reverse("sign_in"))


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """A person's own tokens and password."""
    return _account_page(request)


@never_cache
@login_required
@require_POST
def token_create(request: HttpRequest) -> HttpResponse:
    """Makes a token and shows its text, this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account_page(request, token_form=form)
    text = api_token_create(user=person_of(request), name=form.cleaned_data["name"])
    return _account_page(request, new_token=text)


@login_required
@require_POST
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Ends one of the person's own tokens."""
    token = api_token_list(person_of(request)).filter(pk=token_id).first()
    if token is None:
        raise Http404("You have no such token.")
    api_token_revoke(token=token, actor=person_of(request))
    return redirect("account")


@never_cache
@login_required
@require_POST
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Sets the person's password and keeps this session."""
    user = person_of(request)
    form = new_password_form(user, request.POST)
    if not form.is_valid():
        return _account_page(request, password_form=form)
    password_set(user=user, password=form.cleaned_data["new_password1"])
    update_session_auth_hash(request, user)
    return redirect(f"{reverse('account')}?password=set")


def _account_page(
    request: HttpRequest,
    *,
    token_form: Form | None = None,
    password_form: Form | None = None,
    new_token: str = "",
) -> HttpResponse:
    user = person_of(request)
    failed = token_form is not None or password_form is not None
    context = {
        "tokens": api_token_list(user),
        "new_token": new_token,
        "token_form": token_form or TokenForm(),
        "password_form": password_form or new_password_form(user),
        "password_was_set": request.GET.get("password") == "set",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    return render(request, "accounts/account.html", context, status=status)
