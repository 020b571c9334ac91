"""Forms of the sign-in and account pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError

from apps.accounts.models import User
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

    name = forms.CharField(
        max_length=100,
        label="What is a new one for?",
        widget=forms.TextInput(attrs={"placeholder": "upload script"}),
    )


def password_form(user: User, values: Any = None) -> SetPasswordForm[User]:
    """The form that sets a password; those who came by a link have no old one to confirm."""
    kind = PasswordChangeForm if user.has_usable_password() else SetPasswordForm
    form = kind(user, values)
    new, again = form.fields["new_password1"], form.fields["new_password2"]
    new.help_text, again.help_text = "At least 8 characters, and not a common one.", ""
    again.label = "The new password again"
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)  # the page is about more than the password
    return form
