"""What is shipped: no secret, no debugging, no host but this one."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.accounts.services import administrator_ensure

ROOT = Path(__file__).resolve().parent.parent.parent
SAFE = (
    "import json, sys; sys.path.insert(0, 'platform'); from config import settings as s;"
    "print(json.dumps({n: getattr(s, n) for n in ('SECRET_KEY', 'DEBUG', 'ALLOWED_HOSTS',"
    " 'FETCH_ALLOWED_HOSTS', 'SESSION_COOKIE_HTTPONLY', 'X_FRAME_OPTIONS', 'HTTPS',"
    " 'SESSION_COOKIE_SECURE')}))"
)
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}"
    rb"|SECRET_KEY\s*=\s*[\"'][^\"']{12,}|django-insecure-|xox[bap]-[0-9]"
)


def settings_of(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", SAFE],
        cwd=ROOT,
        env={**inherited, "ASSAY_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fresh_start_has_a_key_of_its_own_and_answers_to_this_machine_only(
    tmp_path: Path,
) -> None:
    first, second = (json.loads(settings_of(tmp_path / name).stdout) for name in ("one", "another"))
    assert first["SECRET_KEY"] != second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= 50
    assert stat.S_IMODE((tmp_path / "one" / "secret_key").stat().st_mode) == 0o600
    assert first["DEBUG"] is False
    assert first["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert first["FETCH_ALLOWED_HOSTS"] == []
    assert first["SESSION_COOKIE_HTTPONLY"] is True
    assert first["X_FRAME_OPTIONS"] == "DENY"


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_a_cluster_starts_with_no_key_and_no_host_of_ours(tmp_path: Path, missing: str) -> None:
    given = {"DATABASE_URL": "postgresql://h/d", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "a.b"}
    given.pop(missing)
    started = settings_of(tmp_path, **given)
    assert started.returncode != 0
    assert f"{missing} is not set" in started.stderr


def test_behind_https_cookies_are_sent_by_https_only(tmp_path: Path) -> None:
    assert json.loads(settings_of(tmp_path, HTTPS="1").stdout)["SESSION_COOKIE_SECURE"] is True


@pytest.mark.django_db
def test_nobody_is_made_with_a_password_that_can_be_known() -> None:
    administrator_ensure(password=None)
    administrator = User.objects.get(username="admin")
    assert not administrator.has_usable_password()
    assert not any(
        administrator.check_password(word) for word in ("", "admin", "assay", "password")
    )


def test_no_file_of_the_repository_has_a_secret_in_it() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    files = [ROOT / name for name in listed.stdout.split("\x00") if name]
    assert files, "the tests run in a clone"
    guilty = [
        path.name
        for path in files
        if path.is_file() and path.name != Path(__file__).name and SECRETS.search(path.read_bytes())
    ]
    assert guilty == []
