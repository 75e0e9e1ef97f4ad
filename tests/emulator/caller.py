"""A caller of the service's routes: plain HTTP, none of the product's own client code."""

from types import TracebackType
from typing import Any

import requests

from ens_provider.emulator.process import EmulatorProcess

CALLBACKS = "/platform/v1/ens-callbacks"
VERIFY = "/platform/v1/ens-verify"
REGENERATE = "/platform/v1/ens-regenerate"
SUBSCRIPTIONS = "/platform/v1/ens-subscriptions"
BY_CALLBACK = "/platform/v1/ens-subscriptions-by-cb"
CONTEXT = "/platform/v1/tokenContext"

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
DOCUMENTATION = (
    "https://developer.salesforce.com/docs/atlas.en-us.mc-apis.meta/mc-apis/error-handling.htm"
)
NOT_FOUND = {"message": "Not Found", "errorcode": 404, "documentation": DOCUMENTATION}


def refusal(message: str, errorcode: int) -> dict[str, object]:
    """The envelope of a refusal."""
    return {"message": message, "errorcode": errorcode, "documentation": DOCUMENTATION}


class Caller:
    """Calls the routes of one emulator with one token, fetched when it is first needed."""

    def __init__(self, emulator: EmulatorProcess, **token_fields: Any) -> None:
        self._emulator = emulator
        self._fields = token_fields
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> "Caller":  # noqa: PYI034 -- Self needs Python 3.11
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.close()

    def ask_token(self, **fields: Any) -> requests.Response:
        """Ask for a token as JSON; `fields` replace or add to the usual ones."""
        usual = {"grant_type": "client_credentials", "client_id": "client"}
        body = usual | {"client_secret": "secret"} | fields
        url = self._emulator.auth_url + "/v2/token"
        return self._session.post(url, json=body, timeout=20)

    def authorize(self) -> None:
        """Fetch a new token."""
        token = self.ask_token(**self._fields).json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def move_to(self, emulator: EmulatorProcess) -> None:
        """Call another emulator from now on, with the token of the first."""
        self._emulator = emulator

    def call(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        """Send a request under the caller's token."""
        if "Authorization" not in self._session.headers:
            self.authorize()
        url = self._emulator.rest_url + path
        return self._session.request(method, url, json=json, **{"timeout": 20, **more})

    def post(self, path: str, json: Any) -> requests.Response:
        """POST."""
        return self.call("POST", path, json)

    def put(self, path: str, json: Any) -> requests.Response:
        """PUT."""
        return self.call("PUT", path, json)

    def get(self, path: str) -> requests.Response:
        """GET."""
        return self.call("GET", path)

    def delete(self, path: str) -> requests.Response:
        """DELETE."""
        return self.call("DELETE", path)

    def create(
        self, name: str = "orders", url: str = "https://receiver.test/orders", **more: Any
    ) -> requests.Response:
        """Create a callback."""
        return self.post(CALLBACKS, [{"callbackName": name, "url": url, **more}])

    def created(
        self, name: str = "orders", url: str = "https://receiver.test/orders", **more: Any
    ) -> dict[str, Any]:
        """Create a callback that has to succeed; its answered record."""
        answer = self.create(name, url, **more)
        assert answer.status_code == 201, answer.text
        record: dict[str, Any] = answer.json()[0]
        return record

    def verified(
        self, name: str = "orders", url: str = "https://receiver.test/orders", **more: Any
    ) -> dict[str, Any]:
        """Create a callback and verify it with the key that the emulator's state shows."""
        record = self.created(name, url, **more)
        answer = self.verify(record["callbackId"])
        assert answer.status_code == 200, answer.text
        return record

    def verify(self, callback_id: str) -> requests.Response:
        """Verify a callback with the key that the emulator's state shows."""
        (key,) = (
            callback["verificationKey"]
            for callback in self._emulator.state()["callbacks"]
            if callback["callbackId"] == callback_id
        )
        return self.post(VERIFY, {"callbackId": callback_id, "verificationKey": key})

    def subscribe(self, callback_id: str, name: str = "sent", **more: Any) -> requests.Response:
        """Create a subscription to sent e-mails."""
        body = {"callbackId": callback_id, "subscriptionName": name}
        types = {"eventCategoryTypes": ["TransactionalSendEvents.EmailSent"]}
        return self.post(SUBSCRIPTIONS, [body | types | more])

    def subscribed(self, callback_id: str, name: str = "sent", **more: Any) -> dict[str, Any]:
        """Create a subscription that has to succeed; its answered record."""
        answer = self.subscribe(callback_id, name, **more)
        assert answer.status_code == 201, answer.text
        record: dict[str, Any] = answer.json()[0]
        return record

    def names(self) -> list[str]:
        """The names of the callbacks that the list shows."""
        return [callback["callbackName"] for callback in self.get(CALLBACKS).json()]
