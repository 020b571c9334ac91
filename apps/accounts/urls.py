"""Where people sign in and keep their own things."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.accounts import views

site_urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign_in"),
    path("sign-in/link/<str:secret>/", views.sign_in_link, name="sign_in_link"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password, name="account_password"),
    path("account/tokens/", views.token_create, name="token_create"),
    path("account/tokens/<int:token_id>/revoke/", views.token_revoke, name="token_revoke"),
    path("admin/login/", views.admin_sign_in, name="admin_sign_in"),
]
