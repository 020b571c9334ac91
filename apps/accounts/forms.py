"""Forms of the sign-in and account pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from apps.accounts.throttle import SignInError, ThrottledError, sign_in


class SignInForm(AuthenticationForm):
    """Username and password."""

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if self.request is not None and {"username", "password"} <= values.keys():
            try:
                self.user_cache = sign_in(
                    username=values["username"],
                    password=values["password"],
                    address=self.request.META.get("REMOTE_ADDR", ""),
                )
            except SignInError as error:
                code = "throttled" if isinstance(error, ThrottledError) else "invalid"
                raise ValidationError(str(error), code=code) from None
        return values


class TokenForm(forms.Form):
    """What a new token is called."""

    name = forms.CharField(max_length=100, label="Name", help_text="What it is for: upload script.")
