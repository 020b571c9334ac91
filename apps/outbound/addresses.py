"""Which addresses may be connected to when a person names the host.

Public ones only. Each address is judged as it will be dialled, so neither spelling
(decimal, octal, hexadecimal) nor a name that points inwards gets past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PUBLIC_IPV6 = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
"""What an IPv4 address is dialled by on networks that have IPv6 only."""
NEVER_PUBLIC: tuple[Network, ...] = (
    # Named here because releases of Python differ in what they call global.
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4, which has an IPv4 address inside
    IPv6Network("3fff::/20"),  # documentation
)
METADATA: frozenset[Address] = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # most clouds
        "169.254.170.2",  # credentials of containers at AWS
        "169.254.170.23",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure; a public address by its number
        "192.0.0.192",  # Oracle
        "fd20:ce::254",  # Google
    )
)
"""What tells a cloud's machines their keys; refused whatever is on the list of own hosts."""
ISATAP = {0x0000_5EFE, 0x0200_5EFE}


@dataclass(frozen=True, slots=True)
class OwnHosts:
    """Hosts of the own network that may be asked all the same; none unless an operator says so."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, words: Sequence[str]) -> Self:
        """From host names, addresses and networks such as 10.2.0.0/16."""
        networks: list[Network] = []
        names: list[str] = []
        for word in words:
            try:
                networks.append(ip_network(word))
            except ValueError:
                names.append(_plain(word))
        return cls(frozenset(names), tuple(networks))

    def cover(self, host: str, address: Address) -> bool:
        """Whether the operator has named this host or the network that it is in."""
        return _plain(host) in self.names or any(address in network for network in self.networks)


def may_connect(host: str, address: Address, own_hosts: OwnHosts) -> bool:
    """Whether `address`, found for the name `host`, may be dialled."""
    if _dialled(address) in METADATA:
        return False
    return own_hosts.cover(host, address) or is_public(address)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open net: neither private nor special in any way."""
    address = _dialled(address)
    if isinstance(address, IPv6Address) and (
        address not in PUBLIC_IPV6 or (int(address) >> 32) & 0xFFFF_FFFF in ISATAP
    ):
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in NEVER_PUBLIC)
    )


def _dialled(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to in a gateway or in the own kernel."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _plain(host: str) -> str:
    return host.lower().rstrip(".")
