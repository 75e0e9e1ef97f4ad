"""`python -m ens_provider probe`: what it prints and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Commands
from tools.endpoint import Endpoint


def test_body_has_the_shape_of_a_probe(run: Commands, endpoint: Endpoint) -> None:
    """The endpoint gets a GUID and a key of 32 bytes, as JSON at the URL's path, once."""
    ended = run.run("probe", "https://receiver.test/orders", *to(endpoint))
    (request,) = endpoint.received
    (probe,) = endpoint.probes

    assert ended.code == 0
    assert (request.host, request.path) == ("receiver.test", "/orders")
    assert request.headers["Content-Type"] == "application/json"
    assert set(probe) == {"callbackId", "verificationKey"}
    assert len(probe["verificationKey"]) == 44
    assert probe["callbackId"] in ended.stderr
    assert probe["verificationKey"] not in ended.stdout + ended.stderr


def to(endpoint: Endpoint) -> list[str]:
    """The options that lead to the endpoint and trust it."""
    return [f"--resolve={endpoint.resolve[0]}", f"--ca-file={endpoint.ca_file}"]


def test_lines_of_a_good_endpoint(run: Commands, endpoint: Endpoint) -> None:
    """Each step is a line with its time, and the last line is the verdict."""
    ended = run.run("probe", "https://receiver.test/orders", *to(endpoint))
    lines = ended.stdout.splitlines()

    assert [line.split()[:2] for line in lines[:-1]] == [
        [name, "ok"] for name in ("URL", "DNS", "TCP", "TLS", "POST")
    ]
    assert all(line.split()[3] == "ms" for line in lines[:-1])
    assert lines[-1] == "ENS would take this endpoint."
    assert ended.stderr.startswith("The endpoint was sent a key for callback ")


def test_failure_is_explained(run: Commands, endpoint: Endpoint) -> None:
    """The sentence is that of a failed creation, and the exit code says resource."""
    endpoint.answer(302, headers={"Location": "https://user:secret@other.test/a?token=secret#x"})
    ended = run.run("probe", "https://receiver.test/orders", *to(endpoint))

    assert ended.code == 4
    assert "POST  FAILED" in ended.stdout
    assert "it was answered with 302, which leads to https://other.test/a\n" in ended.stdout
    assert (
        "Error: ENS could not verify the endpoint https://receiver.test/orders (ProtocolError: The "
        "remote server returned an error: (302) Found): the endpoint answered 302. ENS takes "
        "exactly 200 here, not another 2xx and no redirect: answer POST requests to that path "
        "with 200.\n"
    ) in ended.stderr
    assert "secret" not in ended.stdout + ended.stderr
    assert "would take" not in ended.stdout
    assert len(endpoint.received) == 1


def test_failure_before_anything_was_sent(run: Commands, endpoint: Endpoint) -> None:
    """Where no TLS came about, no step follows and no note speaks of a key."""
    options = [option for option in to(endpoint) if "ca-file" not in option]
    ended = run.run("probe", "https://receiver.test/orders", *options)

    assert ended.code == 4
    assert [line.split()[0] for line in ended.stdout.splitlines()] == ["URL", "DNS", "TCP", "TLS"]
    assert "a key for callback" not in ended.stderr
    assert endpoint.received == []


def test_json_document(run: Commands, endpoint: Endpoint) -> None:
    """One document holds the steps and the failure, and nothing else is printed."""
    endpoint.answer(404)
    ended = run.run("probe", "https://RECEIVER.test", "--json", *to(endpoint))
    document = ended.json

    assert (ended.code, ended.stderr) == (4, "")
    assert document["url"] == "https://receiver.test/"
    assert document["ok"] is False
    assert [step["step"] for step in document["steps"]] == ["URL", "DNS", "TCP", "TLS", "POST"]
    assert [step["ok"] for step in document["steps"]] == [True, True, True, True, False]
    assert document["failure"] == {
        "status": "ProtocolError",
        "detail": "The remote server returned an error: (404) Not Found",
        "explanation": "the endpoint answered 404. ENS takes exactly 200 here, not another 2xx and "
        "no redirect: answer POST requests to that path with 200",
    }
    endpoint.answer(200)
    good = run.run("probe", "https://receiver.test", "--json", *to(endpoint))
    assert (good.code, good.json["ok"], good.json["failure"]) == (0, True, None)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (
            "http://receiver.test/",
            "it does not begin with https://; ENS calls https endpoints only",
        ),
        (
            "https://receiver.test:8443/",
            "it has a port; ENS takes https://host/path without one, on port 443",
        ),
        (
            "https://receiver.test/?token=secret",
            "it has a query; ENS takes https://host/path without one",
        ),
        (
            "https://me:secret@receiver.test/",
            "it contains user information; ENS takes https://host/path only",
        ),
    ],
)
def test_url_that_no_callback_can_have(run: Commands, url: str, reason: str) -> None:
    """Nothing is tried, and the URL is not repeated, since secrets may stand in it."""
    ended = run.run("probe", url)

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == f"Error: The URL cannot be that of a callback: {reason}.\n"


def test_resolve_for_another_host(run: Commands) -> None:
    """An entry that the URL does not use is a mistake."""
    ended = run.run("probe", "https://receiver.test/", "--resolve=reciever.test=127.0.0.1:1")

    assert ended.code == 2
    assert "--resolve is for reciever.test, but the URL's host is receiver.test." in ended.stderr


def test_ca_file_without_a_certificate(run: Commands, tmp_path: Path) -> None:
    """A file that is no PEM is a usage error with a sentence."""
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    ended = run.run("probe", "https://receiver.test/", f"--ca-file={path}")

    assert ended.code == 2
    assert ended.stderr == f"Error: The CA file {path} holds no certificate in PEM form.\n"
