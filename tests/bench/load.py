"""A lean HTTP/1.1 load: keep-alive connections, prepared requests, next to no work for the client.

It runs in a process of its own, so that the client's work is not counted as the server's.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What a run saw; latencies in seconds, sorted."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """One request, ready for the wire."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: bench",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drive(port: int, work: Sequence[Sequence[bytes]]) -> Load:
    """Sends `work`, one list of requests for each concurrent client, to 127.0.0.1; returns when all are answered."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_drive, (port, work))


def _drive(port: int, work: Sequence[Sequence[bytes]]) -> Load:
    return asyncio.run(_all(port, work))


async def _all(port: int, work: Sequence[Sequence[bytes]]) -> Load:
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    links = [await asyncio.open_connection("127.0.0.1", port, limit=2**20) for _ in work]

    async def client(
        requests: Sequence[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        for each in requests:
            sent = time.perf_counter()
            writer.write(each)
            head = await reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            at = lower.find(b"content-length:")
            if at >= 0:
                await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
            latencies.append(time.perf_counter() - sent)
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client(requests, *link) for requests, link in zip(work, links, strict=True)))
    return Load(time.perf_counter() - began, sorted(latencies), statuses)
