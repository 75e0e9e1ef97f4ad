"""What the provider says about an endpoint that did not answer the probe, word for word."""

from __future__ import annotations

from tests.plugin.service import URL

PROBED = (
    f"ens_provider.ProbeFailed: ENS could not verify the endpoint of callback 'orders' ({URL}) "
)
DELETED = "The callback that the attempt left behind ({id}) was deleted."
NONE_LEFT = (
    "ENS shows no callback that the attempt left behind; should one appear, the next attempt or "
    "`pulumi up` deletes it."
)
TEXT = (
    "MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: {names_id}Could not verify callback url "
    "`'https://receiver.test/orders'`. Please test that the url is reachable with a https POST call "
    "and returns a 200 http status code. To retry please delete the callback and create it again. "
    "Status: {status}"
)
CLOSED = "The underlying connection was closed: "
UNANSWERED = (
    "the endpoint did not answer the probe with 200. Test that a POST over https from the public "
    "internet gets exactly 200 within 30 seconds. "
)
NOBODY_LISTENS = (
    "nothing accepts connections on port 443 of that host. Start the endpoint, and let a firewall "
    "in front of it admit Marketing Cloud's addresses. "
)
CRASHED_EARLY = (
    "the endpoint closed the connection while the probe was being sent. Look for a crash or a body "
    "limit in its log. "
)
CRASHED = "the endpoint closed the connection before it answered. Look for a crash in its log. "


def exactly_200(status: int) -> str:
    return (
        f"the endpoint answered {status}. ENS takes exactly 200 here, not another 2xx and no "
        "redirect: answer POST requests to that path with 200. "
    )
