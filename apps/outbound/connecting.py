"""Connections that are judged by the address which they are really made to.

The name is resolved here, once; the addresses found are judged; and one of those that
passed is dialled by its number. Nothing can change between judging and dialling.
"""

from __future__ import annotations

import math
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from httpcore2 import ConnectError, ConnectTimeout, NetworkBackend, NetworkStream, SyncBackend

from apps.outbound.addresses import Address, OwnHosts, may_connect
from apps.outbound.errors import OutboundError, Trouble

Resolve = Callable[[str, int], list[Address]]


def system_resolve(host: str, port: int) -> list[Address]:
    """The addresses that this machine knows for a name. Raises OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


class Deadline:
    """The moment by which a whole transfer must be over."""

    def __init__(self) -> None:
        self._at = 0.0
        self._abandoned = False

    def set(self, seconds: float) -> None:
        """Begin anew."""
        self._at = time.monotonic() + seconds

    def abandon(self) -> None:
        """Leave no time for anything more."""
        self._abandoned = True

    def left(self) -> float:
        """Seconds until then. Raises `OutboundError` once there are none."""
        left = self._at - time.monotonic()
        if left <= 0 or self._abandoned:
            raise too_slow()
        return left

    def within(self, seconds: float | None) -> float:
        """So many seconds, or what is left if that is less."""
        return min(self.left(), seconds if seconds is not None else math.inf)


class GuardedBackend(NetworkBackend):
    """Opens connections to permitted addresses only; each read and write ends by the deadline."""

    def __init__(self, own_hosts: OwnHosts, resolve: Resolve, deadline: Deadline) -> None:
        self._own_hosts = own_hosts
        self._resolve = resolve
        self._deadline = deadline
        self._dial = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        addresses = [
            address
            for address in self._addresses(host, port)
            if may_connect(host, address, self._own_hosts)
        ]
        if not addresses:
            raise _forbidden(host)
        failure: Exception = ConnectError()
        for address in addresses:
            try:
                stream = self._dial.connect_tcp(str(address), port, self._deadline.within(timeout))
            except (ConnectError, ConnectTimeout) as error:
                failure = error
            else:
                self._check_peer(host, stream)
                return _TimedStream(stream, self._deadline)
        raise failure

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> NetworkStream:
        raise OutboundError(Trouble.FORBIDDEN_ADDRESS, "Sockets of this machine are not asked.")

    def _addresses(self, host: str, port: int) -> list[Address]:
        """What the name stands for; a resolver that hangs costs a thread, not the deadline."""
        answers: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except Exception as error:  # noqa: BLE001 — handed to the thread that asked.
                answers.put(error)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        try:
            answer = answers.get(timeout=self._deadline.left())
        except queue.Empty:
            raise too_slow() from None
        if isinstance(answer, Exception):
            temporary = getattr(answer, "errno", None) == socket.EAI_AGAIN
            raise OutboundError(
                Trouble.UNREACHABLE, f"No address is known for {host}.", transient=temporary
            ) from None
        return answer

    def _check_peer(self, host: str, stream: NetworkStream) -> None:
        """What is at the other end by the kernel's own account; this machine is not asked either.

        A public address may be this machine's own, behind which services trust their neighbours.
        """
        peer = ip_address(stream.get_extra_info("server_addr")[0])
        here = ip_address(stream.get_extra_info("client_addr")[0])
        inside = peer == here and not self._own_hosts.cover(host, peer)
        if inside or not may_connect(host, peer, self._own_hosts):
            stream.close()
            raise _forbidden(host)


class _TimedStream(NetworkStream):
    """A connection whose every wait ends by the deadline, however slowly bytes drip in."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        encrypted = self._stream.start_tls(
            ssl_context, server_hostname, self._deadline.within(timeout)
        )
        return _TimedStream(encrypted, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def too_slow() -> OutboundError:
    """The refusal of a transfer that took too long."""
    return OutboundError(
        Trouble.TOO_SLOW, "The host did not answer in full in time.", transient=True
    )


def _forbidden(host: str) -> OutboundError:
    return OutboundError(
        Trouble.FORBIDDEN_ADDRESS,
        f"{host} is not on the public net; an operator can permit a host of the own network by"
        " FETCH_ALLOWED_HOSTS.",
    )
