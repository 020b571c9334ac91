"""Reading the environment."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


def test_hosts_are_names_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", " store.example, 10.1.2.3 ,10.2.0.0/16,fd00:7::/32 ")
    assert env.hosts("HOSTS") == ["store.example", "10.1.2.3", "10.2.0.0/16", "fd00:7::/32"]


@pytest.mark.parametrize(
    "word", ["*", "http://store.example", "store.example:80", "10.2.0.1/16", "10.2.3", "2130706433"]
)
def test_what_is_no_host_stops_the_start_and_is_named(
    monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("HOSTS", f"store.example,{word}")
    with pytest.raises(ImproperlyConfigured, match="HOSTS has"):
        env.hosts("HOSTS")
