"""No secret in whatever is said, whichever call fails and whatever the service answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, PluginError, declared
from tests.plugin.service import (
    CREATE,
    DELETE,
    GET,
    LIST,
    PUT,
    REGENERATE,
    SUBSCRIPTIONS,
    TOKEN,
    TOKEN_CONTEXT,
    UNSUBSCRIBE,
    Service,
)

CLIENT_SECRET = 'q"7/Hush+Hush&=='
KNOWN_KEY = "bm90IGEga2V5IG9mIGFueWJvZHksIGJ1dCAzMiBieXQ="
STATUSES = (400, 401, 403, 404, 409, 415, 418, 302, 596)


class Scene:
    """A plugin whose client has a telling secret, and a live callback that it manages."""

    def __init__(self, plugin: Plugin, service: Service) -> None:
        self.plugin = plugin
        self.service = service
        self.managed = plugin.create(declared(force_destroy=True))
        service.subscribe(self.managed.id)
        url = "https://receiver.test/theirs"
        self.theirs = service.create("theirs", "theirs", url, max_batch_size=700)
        service.subscribe(self.theirs)
        self.adopting = declared(
            callback_name="theirs",
            url=url,
            adopt_id=self.theirs,
            known_signature_key=KNOWN_KEY,
            on_existing="rotate",
        )
        self.fresh = declared(
            callback_name="fresh", url="https://receiver.test/fresh", known_signature_key=KNOWN_KEY
        )

    def secrets(self) -> list[str]:
        """Return what must not be seen; every token begins with its encoded header."""
        key = str(self.managed.outputs["signature_key"])
        return [CLIENT_SECRET, KNOWN_KEY, key, self.service.key_of(self.theirs), "eyJhbGciOi"]


ACTIONS: dict[str, Callable[[Scene], object]] = {
    CREATE: lambda s: s.plugin.create(s.fresh),
    LIST: lambda s: s.plugin.create(s.managed.outputs | {"adopt_id": None}),
    GET: lambda s: s.plugin.create(s.adopting),
    SUBSCRIPTIONS: lambda s: s.plugin.create(s.adopting),
    PUT: lambda s: s.plugin.create(s.adopting),
    REGENERATE: lambda s: s.plugin.create(s.adopting),
    DELETE: lambda s: s.plugin.delete(s.managed.id, s.managed.outputs),
    UNSUBSCRIBE: lambda s: s.plugin.delete(s.managed.id, s.managed.outputs),
}


def _said(action: Callable[[], object]) -> str:
    with pytest.raises(PluginError) as error:
        action()
    return str(error.value)


def _echo(scene: Scene) -> dict[str, Any]:
    # A service that quotes everything it was told, and more.
    return {"message": " and ".join(scene.secrets()[:-1]), "errorcode": CLIENT_SECRET}


@pytest.fixture(params=["", "1"], ids=["plain", "debugging"])
def scene(
    request: pytest.FixtureRequest, new_plugin: NewPlugin, service: Service
) -> Iterator[Scene]:
    """Set the scene, with and without tracebacks; at the end look through the plugin's log."""
    service.emulator.set_client("telling", client_secret=CLIENT_SECRET)
    access = replace(service.access(), client_id="telling", client_secret=CLIENT_SECRET)
    plugin = new_plugin(service=access, extra={"ENS_PROVIDER_DEBUG": request.param})
    made = Scene(plugin, service)
    yield made
    _hold_no_secret(made, plugin.log_text())


def _hold_no_secret(scene: Scene, text: str) -> None:
    for secret in scene.secrets():
        assert secret not in text


@pytest.mark.parametrize("route", list(ACTIONS))
def test_no_error_of_a_call_holds_a_secret(scene: Scene, route: str) -> None:
    """For each call that this provider makes and each way to refuse it."""
    for status in STATUSES:
        scene.service.emulator.clear_faults()
        fault: dict[str, Any] = {"do": "status", "status": status, "body": _echo(scene)}
        scene.service.emulator.add_fault(route=route, times=None, **fault)
        if status == 404 and route in {LIST, SUBSCRIPTIONS, DELETE, UNSUBSCRIBE}:
            continue  # an answer there, not a failure
        said = _said(lambda: ACTIONS[route](scene))
        assert "ens_provider." in said
        _hold_no_secret(scene, said)


@pytest.mark.parametrize("route", [TOKEN, TOKEN_CONTEXT])
def test_no_error_about_the_token_holds_a_secret(
    new_plugin: NewPlugin, service: Service, route: str
) -> None:
    """The request for a token carries the client secret itself."""
    service.emulator.set_client("telling", client_secret=CLIENT_SECRET)
    access = replace(service.access(None), client_id="telling", client_secret=CLIENT_SECRET)
    plugin = new_plugin(service=access)
    for status in STATUSES:
        service.emulator.clear_faults()
        body = {"error": CLIENT_SECRET, "error_description": f"{CLIENT_SECRET} is wrong"}
        fault: dict[str, Any] = {"do": "status", "status": status, "body": body}
        service.emulator.add_fault(route=route, times=None, **fault)
        said = _said(lambda: plugin.create(declared()))
        assert CLIENT_SECRET not in said
        assert "eyJhbGciOi" not in said
    assert CLIENT_SECRET not in plugin.log_text()


def test_no_error_after_several_tries_holds_a_secret(scene: Scene) -> None:
    """A service that fails for good, and answers that break off amid a key."""
    for route in (PUT, DELETE, LIST):
        fault: dict[str, Any] = {"do": "status", "status": 503, "body": _echo(scene)}
        scene.service.emulator.add_fault(route=route, times=None, **fault)
    scene.service.emulator.add_fault(route=REGENERATE, do="truncate", when="after", times=None)
    same = scene.managed.outputs
    adopting = {**scene.adopting, "max_batch_size": 700}
    actions: list[Callable[[], object]] = [
        lambda: scene.plugin.update(scene.managed.id, same, {**same, "max_batch_size": 500}),
        lambda: scene.plugin.delete(scene.managed.id, same),
        lambda: scene.plugin.create(same),
        lambda: scene.plugin.create(adopting),
    ]
    with ThreadPoolExecutor(len(actions)) as threads:
        for said in threads.map(_said, actions):
            _hold_no_secret(scene, said)


def test_no_failed_check_holds_a_secret(scene: Scene) -> None:
    """A key that is none is not quoted."""
    wrong_key = "hush-hush-not-base64!"
    _, failures = scene.plugin.check(declared(known_signature_key=wrong_key, adopt_id=wrong_key))
    assert len(failures) == 2
    assert all(name == "" and wrong_key not in reason for name, reason in failures)


def test_no_mistake_of_our_own_shows_a_secret(scene: Scene) -> None:
    """The values of a bag that cannot be used are not quoted."""
    broken = {**scene.managed.outputs, "known_signature_key": KNOWN_KEY}
    broken["changed_at"] = "yesterday"
    said = _said(lambda: scene.plugin.read(scene.managed.id, broken))
    assert "ens_provider.InternalError" in said
    _hold_no_secret(scene, said)


def test_errors_of_present_callbacks_hold_no_secret(scene: Scene) -> None:
    """They name the callback and its subscriptions, not the declared key."""
    inputs = {**scene.adopting, "adopt_id": None, "on_existing": "fail"}
    given = {name: value for name, value in inputs.items() if value is not None}
    said = _said(lambda: scene.plugin.create(given))
    assert "ens_provider.AlreadyPresent" in said
    _hold_no_secret(scene, said)
