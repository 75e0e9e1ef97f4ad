"""What users install is what is tested here: the wheel, in an environment with nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from ens_provider import __version__
from tests.repo.files import REPOSITORY

# One process builds the wheel once for all of them.
pytestmark = pytest.mark.xdist_group("wheel")

SOURCES = ("pyproject.toml", "requirements.txt", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the sources, so that nothing is left in the repository."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        shutil.copy(REPOSITORY / name, copy)
    shutil.copytree(
        REPOSITORY / "ens_provider",
        copy / "ens_provider",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", str(copy))
    [built] = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into an empty environment and give its interpreter."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False, symlinks=True)
    interpreter = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", str(interpreter))
    _run(*pip, "install", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel))
    return interpreter


def test_wheel_imports_without_its_dependencies(python: Path) -> None:
    """In an empty environment the package imports, from there, and knows its version."""
    code = "import ens_provider; print(ens_provider.__version__, ens_provider.__file__)"
    version, file = _run(str(python), "-I", "-c", code).split()

    assert version == __version__
    assert Path(file).is_relative_to(python.parents[1])


def test_installed_resources_import(python: Path) -> None:
    """With the dependencies beside it, every public name of the installed package is there."""
    # The dependencies are those of this interpreter; ours must still come from the wheel.
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    code = (
        f"import sys; sys.path += {sorted(dependencies)!r}; import ens_provider as ens; "
        "assert all(hasattr(ens, name) for name in ens.__all__); "
        "print(sys.modules[ens.Callback.__init__.__module__].__file__)"
    )
    file = _run(str(python), "-I", "-c", code).strip()

    assert Path(file).is_relative_to(python.parents[1])


def test_metadata(python: Path) -> None:
    """Name, version, licence, dependencies and extras are those of the sources."""
    code = (
        "import json; from importlib.metadata import metadata; "
        "print(json.dumps(metadata('pulumi-sfmc-ens').json))"
    )
    found = json.loads(_run(str(python), "-I", "-c", code))

    assert found["version"] == __version__
    assert found["license_expression"] == "Apache-2.0"
    assert sorted(found["provides_extra"]) == ["aws", "cli", "emulator", "receiver"]
    assert sorted(found["requires_dist"]) == [
        'aiohttp<4,>=3.11; extra == "emulator"',
        'boto3<2,>=1.34; extra == "aws"',
        'click<9,>=8.1; extra == "cli"',
        'google-re2<2,>=1.1.20240702; extra == "emulator"',
        "pulumi<4,>=3.219",
        "requests<3,>=2.32.2",
        'rich<15,>=13.9; extra == "cli"',
        'ruff>=0.12; extra == "cli"',
        'trustme<2,>=1.2; extra == "receiver"',
        "urllib3<3,>=2.2.3",
    ]


def test_entry_points(python: Path) -> None:
    """The commands have a name for shells, and pytest finds the fixtures, under the module's name."""
    code = (
        "import json; from importlib.metadata import distribution; "
        "found = distribution('pulumi-sfmc-ens').entry_points; "
        "print(json.dumps(sorted([each.group, each.name, each.value] for each in found)))"
    )

    assert json.loads(_run(str(python), "-I", "-c", code)) == [
        ["console_scripts", "ens-provider", "ens_provider.__main__:main"],
        ["pytest11", "ens_provider.pytest_plugin", "ens_provider.pytest_plugin"],
    ]


def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Every module, the marker for type checkers and the licence are in; tests and tools are not."""
    names = zipfile.ZipFile(wheel).namelist()
    folder = f"pulumi_sfmc_ens-{__version__}.dist-info"
    modules = {
        p.relative_to(REPOSITORY).as_posix() for p in REPOSITORY.glob("ens_provider/**/*.py")
    }

    assert {name.split("/")[0] for name in names} == {"ens_provider", folder}
    assert modules <= set(names)
    assert {"ens_provider/py.typed", f"{folder}/licenses/LICENSE"} <= set(names)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
