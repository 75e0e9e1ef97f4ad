"""The receiver runs where nothing is installed: zipped, in an empty environment."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.repo.files import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ["ens_provider/__init__.py", "ens_provider/_version.py"]
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
# The vector of the signature's unit tests.
PROGRAM = f"""
import json, sys
from ens_provider.receiver import MemorySignatureKeys, Receiver, sign, verify
import ens_provider.receiver as receiver_package
import ens_provider.receiver.administration, ens_provider.receiver.server
import ens_provider.receiver.asgi, ens_provider.receiver.aws_lambda, ens_provider.receiver.wsgi
import ens_provider.receiver.environment, ens_provider.receiver.secrets_manager
import ens_provider.receiver.self_verification
import ens_provider.receiver.testing

body = (
    b'[{{"eventCategoryType":"TransactionalSendEvents.EmailSent","timestampUTC":1600698608530,'
    b'"mid":1447640,"eid":1447640}}]'
)
signature = "G68DIyYTCXkUX1oB7DJ1ORh/JbI1v6o5p6NdUO2X7ME="
accepted = []
keys = MemorySignatureKeys({{"65b885ab-c2b4-46fe-85d0-d6cb8be8057d": ["{KEY}"]}})
answer = Receiver(accepted.append, signature_keys=keys).handle(
    "POST", "/", {{"x-sfmc-ens-signature": signature}}, body
)
print(json.dumps({{
    "status": answer.status,
    "mids": [event.mid for delivery in accepted for event in delivery.events],
    "names": [name for name in receiver_package.__all__ if not hasattr(receiver_package, name)],
    "file": receiver_package.__file__,
    "loaded": sorted(name for name in sys.modules if name.startswith("ens_provider")),
    "foreign": sorted(
        {{name.partition(".")[0] for name in sys.modules}}
        & {{"pulumi", "requests", "urllib3", "trustme", "click", "aiohttp", "boto3", "botocore"}}
    ),
}}))
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Zip the receiver and the package's own two files, and nothing else."""
    path = tmp_path_factory.mktemp("function") / "function.zip"
    modules = sorted((REPOSITORY / "ens_provider" / "receiver").glob("*.py"))
    assert modules != []
    with zipfile.ZipFile(path, "w") as file:
        for name in PARTS + [each.relative_to(REPOSITORY).as_posix() for each in modules]:
            file.write(REPOSITORY / name, name)
    return path


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment without any package, not even pip."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def printed(python: Path, archive: Path) -> dict[str, object]:
    """Run a delivery through the zipped receiver and give what the program printed."""
    program = f"import sys; sys.path.insert(0, {str(archive)!r})\n{PROGRAM}"
    done = subprocess.run(
        [str(python), "-I", "-W", "error", "-c", program],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_zipped_receiver_accepts_a_delivery(printed: dict[str, object], archive: Path) -> None:
    """From the archive alone, a delivery is checked and handed over."""
    assert printed["status"] == 200
    assert printed["mids"] == ["1447640"]
    assert str(printed["file"]).startswith(str(archive))


def test_zipped_receiver_is_whole(printed: dict[str, object]) -> None:
    """Every public name is there, and nothing else of the package or of others is loaded."""
    loaded = printed["loaded"]

    assert printed["names"] == []
    assert printed["foreign"] == []
    assert isinstance(loaded, list)
    assert [
        name
        for name in loaded
        if name not in ("ens_provider", "ens_provider._version")
        and not name.startswith("ens_provider.receiver")
    ] == []


def test_public_names_are_sorted_and_whole() -> None:
    """`__all__` of the receiver lists exactly the public names that it defines."""
    program = (
        "import ens_provider.receiver as r, types; "
        "print(sorted(r.__all__) == sorted(n for n, v in vars(r).items() "
        "if not n.startswith('_') and not isinstance(v, types.ModuleType)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    assert done.stdout == "True\n"
