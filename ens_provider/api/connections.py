"""Connections that tell whether a request has begun to leave, and the session that pools them.

The class of an exception does not tell that: a TLS error or a reset may come before the request
as well as after it.
"""

from __future__ import annotations

import http.cookiejar
import threading
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import requests.auth
import urllib3
import urllib3.connection

from ens_provider.api.reading import PunctualResponse

POOL_SIZE = 32
"""Connections kept open at most, one for each thread that the engine's plugin may call from."""


class _Progress(threading.local):
    """Whether the request of this thread has begun to leave."""

    sent = False


progress = _Progress()
"""The state of the request that this thread is sending."""


class _Watched(urllib3.connection.HTTPConnection):
    """A connection that tells when a request begins to leave on it."""

    response_class = PunctualResponse

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            # What was sent so far was said to a proxy.
            progress.sent = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        progress.sent = True
        super().send(data)


class _WatchedHTTPS(_Watched, urllib3.connection.HTTPSConnection):
    """The same over TLS."""


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Watched


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


_POOLS: dict[str, Any] = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(requests.adapters.HTTPAdapter):
    """Opens watched connections, through a proxy too."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class Authorization(requests.auth.AuthBase):
    """Sets the token, or nothing: a given auth keeps requests from asking .netrc for one."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into a request's headers."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Session(requests.Session):
    """A session that asks the environment once for each host, and looks at no redirect's target."""

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[tuple[str, str], Any] = {}

    def merge_environment_settings(self, url: Any, *given: Any) -> Any:
        """Return proxies and CA bundle for a URL; looking them up took a fifth of each request.

        What is given with a request is always the same here: nothing.
        """
        parts = urlsplit(url)
        host = (parts.scheme, parts.netloc)
        if host not in self._settings:
            self._settings[host] = super().merge_environment_settings(url, *given)
        return self._settings[host]

    def get_redirect_target(self, resp: Any) -> None:
        """Know no target: to prepare one, requests would read the whole body without a limit."""


def new_session() -> requests.Session:
    """Return a session that keeps nothing between calls but its connections."""
    session = _Session()
    # Connections in use beyond the pool's size are opened, and closed after use.
    adapter = _Adapter(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {
            "Accept": "application/json",
            # Bodies are short, and none can unfold into a large one.
            "Accept-Encoding": "identity",
            # The service wants it on reads too.
            "Content-Type": "application/json",
            "User-Agent": "pulumi-sfmc-ens",
        }
    )
    return session
