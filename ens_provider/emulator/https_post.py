"""HTTPS requests that leave the emulator: probes and deliveries, over one kind of connection."""

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from ens_provider.emulator.endpoint_failures import EndpointFailure, unanswered, wrong_status
from ens_provider.emulator.trust import Trust

_LEFT_OUT_HEADERS = ("User-Agent", "Accept", "Accept-Encoding")  # nobody recorded what is sent


@dataclass(frozen=True, kw_only=True)
class Post:
    """A JSON body for a URL, how long an answer may take, and which statuses are a success."""

    url: str
    body: bytes = field(repr=False)
    timeout_seconds: float
    successes: Collection[int]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class PostOutcome:
    """The HTTP status that came back, if any did, and why the POST failed, if it did."""

    status: int | None
    failure: EndpointFailure | None


class Poster(Protocol):
    """What sends a POST to an endpoint."""

    async def post(self, post: Post) -> PostOutcome:
        """Send it once; an endpoint that does not answer is an outcome, not an exception."""
        ...


@dataclass(frozen=True, kw_only=True)
class ConnectionOptions:
    """Where names lead to (`host` → address and port) and which extra CA is trusted.

    The file of the CA may come later: what is in it counts for each connection anew.
    Without `allow_network` nothing outside loopback is looked up or connected to: a name that
    is not in the table cannot be resolved.
    """

    resolve: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    ca_file: str | None = None
    allow_network: bool = False


class HTTPSPoster:
    """Sends over real TLS on a fresh connection, with verified certificates, no redirects."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options
        self._trust = Trust(options.ca_file)

    async def post(self, post: Post) -> PostOutcome:
        """Send it once; an endpoint that does not answer is an outcome, not an exception."""
        host = urlsplit(post.url).hostname or ""
        try:
            status = await self._status(post, host)
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
            return PostOutcome(None, unanswered(error, host))
        return PostOutcome(status, None if status in post.successes else wrong_status(status))

    async def _status(self, post: Post, host: str) -> int:
        _require_reachable(host, self._options)
        connector = aiohttp.TCPConnector(
            resolver=_TableResolver(self._options), ssl=self._trust.context(), force_close=True
        )
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=post.timeout_seconds),
            trust_env=False,
            skip_auto_headers=_LEFT_OUT_HEADERS,
        ) as session:
            headers = {"Content-Type": "application/json", **post.headers}
            answer = await session.post(
                post.url, data=post.body, headers=headers, allow_redirects=False
            )
            answer.close()
            return answer.status


class _TableResolver(AbstractResolver):
    """Looks names up in the table, then on loopback, and only then, if allowed, in the DNS."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host.lower() in self._options.resolve:
            address, port = self._options.resolve[host.lower()]
            return [_resolved(host, address, port)]
        if _is_loopback(host):
            return [_resolved(host, "127.0.0.1", port)]
        if not self._options.allow_network:
            raise OSError(f"{host} is not in the resolve table")
        return await aiohttp.ThreadedResolver().resolve(host, port, family)

    async def close(self) -> None:
        """Hold nothing that would have to be let go."""


def _resolved(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_reachable(host: str, options: ConnectionOptions) -> None:
    # An address never reaches the resolver, so it is stopped here.
    try:
        outside = not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return
    if outside and not options.allow_network:
        raise ConnectionRefusedError(f"{host} is outside loopback")
