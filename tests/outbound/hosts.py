"""Real hosts on this machine's loopback addresses, and a resolver that says what a test wants."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from apps.outbound.addresses import Address

Reply = Callable[[bytes], Iterable[bytes]]


class Host:
    """Listens, notes what it is asked, and answers byte by byte as it is told."""

    def __init__(self, reply: Reply, address: str, port: int, tls: ssl.SSLContext | None) -> None:
        self.reply = reply
        self.requests: list[bytes] = []
        self._tls = tls
        self._listening = socket.create_server((address, port))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)  # else the thread that waits keeps it open
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, plain: socket.socket) -> None:
        try:
            connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            with connection:
                while request := _request(connection):
                    self.requests.append(request)
                    for part in self.reply(request):
                        connection.sendall(part)
                        if b"connection: close" in part.lower():
                            return
        except OSError:
            pass  # the client went away, as it may


@contextmanager
def host(
    reply: Reply | bytes,
    address: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Host]:
    """A host for as long as the block runs."""
    fixed = reply if callable(reply) else lambda request: [reply]
    running = Host(fixed, address, port, tls)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def two_hosts(outer: Reply | bytes, inner: Reply | bytes) -> Iterator[tuple[Host, Host]]:
    """Hosts at 127.0.0.2 and 127.0.0.1 with one and the same port."""
    for _ in range(50):
        with host(outer, "127.0.0.2") as far, contextlib.suppress(OSError):
            with host(inner, "127.0.0.1", far.port) as near:
                yield far, near
                return
    raise OSError("No port is free at both addresses.")


def answer(content: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """A whole answer; header names are written with underscores."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def named(**addresses: str | list[str]) -> Callable[[str, int], list[Address]]:
    """A resolver that knows these names (`_` for `.`); of a list it says the next at each call."""
    left = {
        name.replace("_", "."): [told] if isinstance(told, str) else list(told)
        for name, told in addresses.items()
    }

    def resolve(name: str, port: int) -> list[Address]:
        known = left[name]
        return [ip_address(known.pop(0) if len(known) > 1 else known[0])]

    return resolve


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
