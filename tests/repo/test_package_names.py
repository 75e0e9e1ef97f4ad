"""Names that stand in users' requirement files and programs never change."""

from __future__ import annotations

import sys

from pulumi.dynamic import ResourceProvider

import ens_provider

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from tests.repo.files import REPOSITORY, text_of

PYPROJECT = tomllib.loads(text_of("pyproject.toml"))


def test_distribution_name() -> None:
    """The distribution is `pulumi-sfmc-ens`."""
    assert PYPROJECT["project"]["name"] == "pulumi-sfmc-ens"


def test_package_name() -> None:
    """The package is `ens_provider`, and it is the only one in the distribution."""
    assert ens_provider.__name__ == "ens_provider"
    assert PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"] == ["ens_provider*"]


def test_errors_and_providers_belong_to_the_package() -> None:
    """Each error prints, and each provider is pickled, under the package's name; files may move."""
    public = [getattr(ens_provider, name) for name in ens_provider.__all__]
    kinds = (Exception, ResourceProvider)
    classes = [each for each in public if isinstance(each, type) and issubclass(each, kinds)]

    assert classes != []
    assert [each for each in classes if each.__module__ != "ens_provider"] == []


def test_public_names_are_sorted_and_there() -> None:
    """`__all__` is sorted, without doubles, and each of its names can be imported."""
    assert ens_provider.__all__ == sorted(set(ens_provider.__all__))
    assert [name for name in ens_provider.__all__ if not hasattr(ens_provider, name)] == []


def test_requirements_file_is_the_only_list_of_dependencies() -> None:
    """pyproject.toml reads the runtime dependencies from requirements.txt and lists none."""
    project = PYPROJECT["project"]
    lines = [line for line in text_of("requirements.txt").splitlines() if not line.startswith("#")]

    assert "dependencies" in project["dynamic"]
    assert "dependencies" not in project
    assert PYPROJECT["tool"]["setuptools"]["dynamic"]["dependencies"] == {
        "file": ["requirements.txt"]
    }
    assert [line.split(">=")[0] for line in lines] == ["pulumi", "requests", "urllib3"]
    listings = [p.name for p in REPOSITORY.glob("*requirements*.txt")]
    assert listings == ["requirements.txt"]


def test_oldest_python_is_the_same_everywhere() -> None:
    """`requires-python`, the classifiers, ruff and the README's table begin with one version."""
    classifiers = PYPROJECT["project"]["classifiers"]
    named = [c.rsplit(" ", 1)[-1] for c in classifiers if c.startswith("Programming Language")]
    versions = [n for n in named if n.startswith("3.")]

    assert PYPROJECT["project"]["requires-python"] == f">={versions[0]}"
    assert PYPROJECT["tool"]["ruff"]["target-version"] == "py" + versions[0].replace(".", "")
    assert f"| Python | {versions[0]} to {versions[-1]} |" in text_of("README.md")
