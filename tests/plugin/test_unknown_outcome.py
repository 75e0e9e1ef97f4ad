"""A creation whose answer never came: one callback in the end, and never a second one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.driver import Plugin, declared, refusal
from tests.plugin.service import CREATE, LIST, URL, Service

PROBE = f"PROBE {URL} 200"
HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
DROP: dict[str, Any] = {"do": "drop"}
NO_KEY = [{"callbackName": "orders", "callbackId": "08b67f0e-5be8-4673-97e9-682c133f778c"}]
ANSWERS = [
    pytest.param(DROP, "-", id="dropped"),
    pytest.param({"do": "status", "status": 500}, "500", id="500"),
    pytest.param({"do": "status", "status": 502, "body": HTML}, "502", id="502-html"),
    pytest.param({"do": "status", "status": 503}, "503", id="503"),
    pytest.param({"do": "status", "status": 504, "body": ""}, "504", id="504-empty"),
]
AFTER_ONLY = [
    pytest.param({"do": "truncate"}, "-", id="truncated"),
    pytest.param({"do": "body", "body": NO_KEY}, "201", id="without-key"),
    pytest.param({"do": "body", "body": "{"}, "201", id="not-json"),
    pytest.param({"do": "body", "body": []}, "201", id="empty-array"),
    pytest.param({"do": "status", "status": 202, "body": ""}, "202", id="202"),
]
HEALED = ["DELETE ens-callbacks/#1 200", "POST ens-callbacks 201", PROBE]


def _is_the_only_one(service: Service, created_id: str, key: object) -> None:
    [callback] = service.callbacks().values()
    assert callback["callbackId"] == created_id
    assert callback["signatureKey"] == key


@pytest.mark.parametrize(("fault", "status"), ANSWERS)
def test_lost_before_it_took_effect(
    plugin: Plugin, service: Service, fault: dict[str, Any], status: str
) -> None:
    """The list shows that nothing came about, and the creation is sent once more."""
    service.emulator.add_fault(route=CREATE, **fault)
    created = plugin.create(declared())
    assert service.calls() == [
        f"POST ens-callbacks {status}",
        "GET ens-callbacks 200",
        "POST ens-callbacks 201",
        PROBE,
    ]
    _is_the_only_one(service, created.id, created.outputs["signature_key"])


@pytest.mark.parametrize(("fault", "status"), [*ANSWERS, *AFTER_ONLY])
def test_lost_after_it_took_effect(
    plugin: Plugin, service: Service, fault: dict[str, Any], status: str
) -> None:
    """What came about is deleted, since nobody knows its key, and created anew."""
    service.emulator.add_fault(route=CREATE, when="after", **fault)
    created = plugin.create(declared())
    assert service.calls() == [
        f"POST ens-callbacks {status}",
        PROBE,
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/#1 200",
        *HEALED,
    ]
    _is_the_only_one(service, created.id, created.outputs["signature_key"])


def test_lost_while_the_endpoint_verified_itself(plugin: Plugin, service: Service) -> None:
    """Verified or not, nothing hangs on it: it is created anew with a key that is known."""
    service.endpoint.hook = lambda probe: service.send("POST", "ens-verify", probe)
    service.emulator.add_fault(route=CREATE, do="drop", when="after")
    created = plugin.create(declared())
    _is_the_only_one(service, created.id, created.outputs["signature_key"])


def test_lost_twice_before_it_took_effect(plugin: Plugin, service: Service) -> None:
    """The second loss is an error: more would be guessing."""
    service.emulator.add_fault(route=CREATE, do="drop", times=2)
    host = service.emulator.rest_url.removeprefix("http://")
    assert refusal(plugin.create, declared()) == (
        f"ens_provider.ConnectionLostError: No complete answer came from {host} when asked to "
        "create callback 'orders': it closed the connection. It may have taken effect. Run `pulumi "
        "up --refresh`."
    )
    assert service.calls() == ["POST ens-callbacks -", "GET ens-callbacks 200"] * 2
    assert service.callbacks() == {}


def test_lost_each_time_after_it_took_effect(plugin: Plugin, service: Service) -> None:
    """It gives up after four, and each time deletes what came about."""
    service.emulator.add_fault(route=CREATE, do="status", status=500, when="after", times=None)
    assert refusal(plugin.create, declared()) == (
        "ens_provider.ServiceError: ENS could not create callback 'orders' (500, errorcode 30000): "
        "Internal Server Error. Run `pulumi up` again."
    )
    calls = [call for call in service.calls() if not call.startswith(("PROBE", "GET"))]
    assert calls == [
        *("POST ens-callbacks 500", "DELETE ens-callbacks/#1 200"),
        *("POST ens-callbacks 500", "DELETE ens-callbacks/#2 200"),
        *("POST ens-callbacks 500", "DELETE ens-callbacks/#3 200"),
        *("POST ens-callbacks 500", "DELETE ens-callbacks/#4 200"),
    ]
    assert service.callbacks() == {}


@pytest.mark.parametrize(("fault", "status"), [*ANSWERS, *AFTER_ONLY])
def test_lost_while_lists_lag(
    plugin: Plugin, service: Service, fault: dict[str, Any], status: str
) -> None:
    """The second attempt says that it is present; it is healed as soon as it shows."""
    service.emulator.set_switches(propagation_seconds=60)
    service.emulator.add_fault(route=CREATE, when="after", **fault)
    assert refusal(plugin.create, declared()) == (
        f"ens_provider.NotReadyYet: ENS says that callback 'orders' ({URL}) is already present "
        "(304), but does not list it yet; its lists can lag up to two minutes behind."
    )
    looked_up = ["POST ens-callbacks 304", "GET ens-callbacks 200"]
    assert service.calls() == [
        f"POST ens-callbacks {status}",
        PROBE,
        "GET ens-callbacks 200",
        *looked_up,
    ]
    service.emulator.move_clock(60)
    created = plugin.create(declared())
    assert service.calls() == [*looked_up, "GET ens-subscriptions-by-cb/#1 200", *HEALED]
    _is_the_only_one(service, created.id, created.outputs["signature_key"])


def test_lost_beside_a_live_callback_of_the_same_name_and_url(
    plugin: Plugin, service: Service
) -> None:
    """It is somebody's, not the outcome of the lost request: nothing is changed."""
    old = service.create("old")
    service.subscribe(old)
    before = service.emulator.state()
    service.emulator.add_fault(route=CREATE, do="drop")
    sentence = refusal(plugin.create, declared())
    assert sentence.startswith("ens_provider.AlreadyPresent: callback 'orders' ")
    assert service.calls() == [
        "POST ens-callbacks -",
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/old 200",
    ]
    assert service.emulator.state() == before


def test_lost_beside_another_callback_of_that_url(plugin: Plugin, service: Service) -> None:
    """Whether it is in the way, the second attempt tells."""
    service.create("old", "invoices")
    service.emulator.add_fault(route=CREATE, do="drop")
    assert service.labelled(refusal(plugin.create, declared())) == (
        f"ens_provider.AlreadyPresent: ENS refused to create callback 'orders' ({URL}): its URL is "
        "already present as callback old under the name 'invoices'. Nothing was changed. Choose "
        "another name or URL, or delete callback old first if nobody needs it."
    )
    assert service.calls() == [
        *("POST ens-callbacks -", "GET ens-callbacks 200"),
        *("POST ens-callbacks 304", "GET ens-callbacks 200"),
    ]


def test_a_list_that_fails_leaves_no_second_callback(plugin: Plugin, service: Service) -> None:
    """Without a look nothing is sent again; the next attempt heals what came about."""
    service.emulator.add_fault(route=CREATE, do="drop", when="after")
    service.emulator.add_fault(route=LIST, do="status", status=403)
    assert refusal(plugin.create, declared()) == (
        "ens_provider.PermissionDeniedError: ENS refused to list the callbacks (403): Insufficient "
        "privileges to complete this action. Give the installed package the permission Event "
        "Notifications > Callbacks > Read (scope event_notification_callback_read) in Setup; a new "
        "token shows it after up to 5 minutes."
    )
    assert service.calls() == ["POST ens-callbacks -", PROBE, "GET ens-callbacks 403"]
    created = plugin.create(declared())
    _is_the_only_one(service, created.id, created.outputs["signature_key"])
