"""A TCP proxy on 127.0.0.1 that misbehaves on demand: put it between a client and a server, and cut where it hurts.

    async with Proxy.to(database_url) as proxy:
        proxy.cut_on(b"COMMIT", to="client", when="before")   # the COMMIT is done, and nobody hears of it
        connection = await AsyncConnection.connect(proxy.url)

Faults are chosen at any time and hold for links that are open already, too. PostgreSQL must be reached without TLS.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

Side = Literal["client", "server"]

DEFAULT_PORTS = {"postgresql": 5432, "postgres": 5432, "amqp": 5672, "redis": 6379, "http": 80}
CHUNK = 65536


@dataclass(frozen=True)
class Frames:
    """How a protocol cuts its bytes into messages: so many bytes of header, which tell the length of the whole."""

    header: int
    length: Callable[[bytes], int]


POSTGRES = Frames(5, lambda header: 1 + int.from_bytes(header[1:5], "big"))
AMQP = Frames(7, lambda header: 8 + int.from_bytes(header[3:7], "big"))


def is_notification(message: bytes) -> bool:
    """PostgreSQL tells a listener that somebody notified."""
    return message[:1] == b"A"


def is_confirm(frame: bytes) -> bool:
    """RabbitMQ confirms a published message (basic.ack)."""
    return frame[:1] == b"\x01" and frame[7:11] == b"\x00\x3c\x00\x50"


@dataclass
class _Drop:
    frames: Frames
    unwanted: Callable[[bytes], bool]


@dataclass
class _Cut:
    """Cut the link where this pattern passes."""

    pattern: bytes
    to: Side
    when: Literal["before", "after"]
    times: int


@dataclass(eq=False)
class _Link:
    """One client's connection, and ours to the server behind it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    tails: dict[Side, bytes] = field(default_factory=lambda: {"client": b"", "server": b""})
    unfinished: dict[Side, bytes] = field(default_factory=lambda: {"client": b"", "server": b""})
    swallowed: bool = False


class Proxy:
    """Listens on `port`; `url` is the server's URL with the proxy's address in it."""

    def __init__(self, host: str, port: int, url: str = "") -> None:
        self._upstream = (host, port)
        self._server_url = url
        self._listener: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._served: set[asyncio.Task[object]] = set()
        self._refusing = False
        self._blackhole = False
        self._delay = (0.0, 0.0)
        self._bytes_per_second: float | None = None
        self._cuts: list[_Cut] = []
        self._drops: dict[Side, _Drop] = {}
        self.cuts_made = 0
        """How many links `cut_on` has cut so far."""
        self.dropped = 0
        """How many messages `drop` has left out so far."""

    @classmethod
    def to(cls, url: str) -> Self:
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORTS[parts.scheme], url)

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.close()
        self.cut()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._served, return_exceptions=True)

    @property
    def url(self) -> str:
        parts = urlsplit(self._server_url)
        account, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{account}{at}127.0.0.1:{self.port}"))

    # Faults

    def pass_through(self) -> None:
        """No more faults. Links that were black-holed have lost bytes for ever, so they are cut."""
        self._refusing = self._blackhole = False
        self._delay, self._bytes_per_second = (0.0, 0.0), None
        self._cuts.clear()
        self._drops.clear()
        for link in [link for link in self._links if link.swallowed]:
            _abort(link)

    def delay(self, seconds: float, jitter: float = 0.0) -> None:
        """Hold each chunk so long, plus or minus the jitter."""
        self._delay = (seconds, jitter)

    def throttle(self, bytes_per_second: float) -> None:
        self._bytes_per_second = bytes_per_second

    def blackhole(self) -> None:
        """Swallow everything both ways, on old links and new ones, without closing any."""
        self._blackhole = True

    def refuse(self) -> None:
        """Reset every new connection at once."""
        self._refusing = True

    def cut(self) -> None:
        """Reset every open link now."""
        for link in list(self._links):
            _abort(link)

    def cut_on(self, pattern: bytes, *, to: Side, when: Literal["before", "after"] = "before", times: int = 1) -> None:
        """Reset a link when `pattern` is on its way `to` the given side: before it is passed on, or just after.

        The other links stay. `times` says how many links are cut before the proxy behaves again.
        """
        self._cuts.append(_Cut(pattern, to, when, times))

    def drop(self, frames: Frames, unwanted: Callable[[bytes], bool], *, to: Side = "client") -> None:
        """Leave out single messages: `drop(POSTGRES, is_notification)`. Begin while the links are quiet."""
        self._drops[to] = _Drop(frames, unwanted)

    # Pumps

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        assert this is not None
        self._served.add(this)
        this.add_done_callback(self._served.discard)
        if self._refusing:
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.wait_for(asyncio.open_connection(*self._upstream), 10)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, server_writer)
        self._links.add(link)
        pumps = {
            asyncio.create_task(self._pump(link, reader, server_writer, "server")),
            asyncio.create_task(self._pump(link, server_reader, writer, "client")),
        }
        self._pumps |= pumps
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._links.discard(link)
            _abort(link)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._pumps -= pumps

    async def _pump(self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: Side) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                if self._blackhole:
                    link.swallowed = True
                    continue
                if any(self._delay):
                    seconds, jitter = self._delay
                    await asyncio.sleep(max(0.0, seconds + random.uniform(-jitter, jitter)))
                if self._bytes_per_second:
                    await asyncio.sleep(len(chunk) / self._bytes_per_second)
                if to in self._drops:
                    chunk = self._without_unwanted(link, chunk, to, self._drops[to])
                cut = self._cut_for(link, chunk, to)
                if cut is None or cut.when == "after":
                    writer.write(chunk)
                    await writer.drain()
                if cut is not None:
                    self.cuts_made += 1
                    if cut.when == "after":
                        await _close(writer)
                    return

    def _cut_for(self, link: _Link, chunk: bytes, to: Side) -> _Cut | None:
        """The cut that this chunk calls for. A pattern may lie across two chunks."""
        for cut in self._cuts:
            if cut.to == to and cut.pattern in link.tails[to] + chunk:
                cut.times -= 1
                if cut.times == 0:
                    self._cuts.remove(cut)
                return cut
        longest = max((len(cut.pattern) for cut in self._cuts), default=1)
        link.tails[to] = (link.tails[to] + chunk)[-(longest - 1) :] if longest > 1 else b""
        return None

    def _without_unwanted(self, link: _Link, chunk: bytes, to: Side, drop: _Drop) -> bytes:
        rest, passed = link.unfinished[to] + chunk, b""
        while len(rest) >= drop.frames.header and len(rest) >= (length := drop.frames.length(rest)):
            if drop.unwanted(rest[:length]):
                self.dropped += 1
            else:
                passed += rest[:length]
            rest = rest[length:]
        link.unfinished[to] = rest
        return passed


def _abort(link: _Link) -> None:
    link.client.transport.abort()
    link.server.transport.abort()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
