"""What loading the package takes, beside the SDK's own: each run does it twice."""

from __future__ import annotations

import resource
import subprocess
import sys
from statistics import median

from benchmarks.figures import Figure

_SDK = "import pulumi, pulumi.dynamic"
_PROGRAMS = {
    "import pulumi": _SDK,
    "import ens_provider, and ens.Callback": f"{_SDK}; import ens_provider as ens; ens.Callback",
    "import ens_provider, and all its names": (
        f"{_SDK}; import ens_provider as ens; [getattr(ens, name) for name in ens.__all__]"
    ),
    "the same, and the HTTP client of the first call": (
        f"{_SDK}; import ens_provider as ens; [getattr(ens, name) for name in ens.__all__]; "
        "import ens_provider.api.http_sender"
    ),
}


def measure(*, quick: bool) -> list[Figure]:
    """Return milliseconds of CPU, of the SDK and of what comes on top of it.

    Args:
        quick: Take three runs of each instead of fifteen.
    """
    seconds: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    for _ in range(3 if quick else 15):
        for name, program in _PROGRAMS.items():
            seconds[name].append(_cpu_seconds(program) - _cpu_seconds("pass"))
    base, *ours = (median(each) * 1000 for each in seconds.values())
    names = list(_PROGRAMS)
    return [
        Figure(name=names[0], value=round(base), unit="ms"),
        *(
            Figure(name=name, value=round(whole - base), unit="ms", note="on top of the SDK")
            for name, whole in zip(names[1:], ours, strict=True)
        ),
    ]


def _cpu_seconds(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
