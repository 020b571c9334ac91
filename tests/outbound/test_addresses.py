"""Which addresses are public, in whatever clothes they come."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from apps.outbound.addresses import METADATA, OwnHosts, is_public, may_connect

INSIDE = {
    "this host": ["0.0.0.0", "0.1.2.3", "::"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12::1"],
    "link-local": ["169.254.0.1", "fe80::1", "fe80::1%1", "febf::1"],
    "site-local": ["fec0::1"],
    "carrier-grade NAT": ["100.64.0.1", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "broadcast": ["255.255.255.255"],
    "reserved": ["240.0.0.1", "192.0.0.8", "198.18.0.1", "100::1", "5f00::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "6to4": ["2002:7f00:1::", "2002:808:808::1", "192.88.99.1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::10.1.2.3", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"],
    "ISATAP": ["2a00:1450::5efe:127.0.0.1", "2a00:1450::200:5efe:10.0.0.1"],
}  # fmt: skip


@pytest.mark.parametrize("kind", INSIDE)
def test_what_is_inside_is_not_public(kind: str) -> None:
    assert [text for text in INSIDE[kind] if is_public(ip_address(text))] == []


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
     "2a00:1450:4001::200e", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"],
)  # fmt: skip
def test_the_open_net_is_public(text: str) -> None:
    assert is_public(ip_address(text))


def test_a_host_of_the_own_network_is_permitted_by_name_address_or_network() -> None:
    own = OwnHosts.read(["Store.Example", "10.1.2.3", "192.168.7.0/24", "fd00:7::/32"])
    permitted = [
        ("store.example.", "10.9.9.9"),
        ("any.example", "10.1.2.3"),
        ("any.example", "192.168.7.200"),
        ("any.example", "fd00:7::1"),
        ("any.example", "8.8.8.8"),
    ]
    refused = [
        ("any.example", "10.1.2.4"),
        ("store.example.evil.example", "10.9.9.9"),
        ("any.example", "192.168.8.1"),
    ]
    assert all(may_connect(name, ip_address(text), own) for name, text in permitted)
    assert not any(may_connect(name, ip_address(text), own) for name, text in refused)


def test_without_a_list_nothing_inside_is_permitted() -> None:
    assert not may_connect("localhost", ip_address("127.0.0.1"), OwnHosts())


@pytest.mark.parametrize("address", METADATA)
def test_a_clouds_keys_are_never_asked_for_even_by_permission(address: object) -> None:
    own = OwnHosts.read(["metadata.example", "0.0.0.0/0", "::/0"])
    assert not may_connect("metadata.example", ip_address(str(address)), own)
    dressed = ip_address(f"64:ff9b::{address}") if "." in str(address) else ip_address(str(address))
    assert not may_connect("metadata.example", dressed, own)
