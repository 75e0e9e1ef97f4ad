"""What holds deliveries: the same rules in memory and in files, and what only files have."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ens_provider.receiver import (
    FileQuarantine,
    HeldDelivery,
    KeyStoreError,
    MemoryQuarantine,
    Quarantine,
    QuarantineBounds,
    sign,
)
from tests.unit.receiver.world import KEY

Make = Callable[..., Quarantine]
NOW = [1600698600.0]


@pytest.fixture(params=["memory", "files"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Give a maker of quarantines of each kind, by the names of their bounds."""
    NOW[0] = 1600698600.0

    def made(**bounds: float) -> Quarantine:
        given = QuarantineBounds(**bounds)  # type: ignore[arg-type] # of two whole numbers and a time
        if request.param == "memory":
            return MemoryQuarantine(given, clock=lambda: NOW[0])
        return FileQuarantine(tmp_path, given, clock=lambda: NOW[0])

    return made


def held(body: bytes, *, at: float = 1600698600.0, key: str = KEY) -> HeldDelivery:
    return HeldDelivery(at=at, signature=sign(body, key), body=body)


def bodies(quarantine: Quarantine) -> list[bytes]:
    found = [quarantine.get(name) for name in quarantine.names()]
    return [each.body for each in found if each is not None]


def test_delivery_is_held_as_it_came(make: Make) -> None:
    """Time, signature and bytes come back, whatever the bytes are."""
    quarantine = make()
    delivery = held(b'[{"a":"\xff\r\n\n"}]\n', at=1600698600.25)

    assert quarantine.hold(delivery) == 0
    assert quarantine.names() == [delivery.name]
    assert quarantine.get(delivery.name) == delivery
    assert quarantine.get("0" * 64) is None


def test_released_delivery(make: Make) -> None:
    """What is released is gone; releasing it twice is no mistake."""
    quarantine, delivery = make(), held(b"[]")
    quarantine.hold(delivery)
    quarantine.release(delivery.name)
    quarantine.release(delivery.name)

    assert quarantine.names() == []
    assert quarantine.get(delivery.name) is None


def test_delivery_that_comes_again(make: Make) -> None:
    """The same delivery is held once, with its first time: repeating it pushes nothing out."""
    quarantine = make(most=2)
    quarantine.hold(held(b"[1]", at=1600698600))
    quarantine.hold(held(b"[2]", at=1600698601))
    let_go = quarantine.hold(held(b"[1]", at=1600698602))

    assert let_go == 0
    assert bodies(quarantine) == [b"[1]", b"[2]"]
    assert quarantine.get(held(b"[1]").name) == held(b"[1]", at=1600698600)


def test_same_signature_over_another_body(make: Make) -> None:
    """Who knows a signature cannot keep its delivery out by sending it with another body."""
    quarantine, genuine = make(), held(b"[1]")
    quarantine.hold(HeldDelivery(at=1600698599, signature=genuine.signature, body=b"[2]"))
    quarantine.hold(genuine)

    assert bodies(quarantine) == [b"[2]", b"[1]"]


def test_bound_in_number(make: Make) -> None:
    """Beyond the bound the oldest goes, and is counted."""
    quarantine = make(most=2)
    let_go = [
        quarantine.hold(held(b"[%d]" % number, at=1600698600 + number)) for number in range(4)
    ]

    assert let_go == [0, 0, 1, 1]
    assert bodies(quarantine) == [b"[2]", b"[3]"]


def test_bound_in_bytes(make: Make) -> None:
    """However many deliveries, their bytes stay within the bound; a large one takes many places."""
    quarantine = make(most_bytes=1000)
    for number in range(4):
        quarantine.hold(held(b"%d" % number * 100, at=1600698600 + number))
    let_go = quarantine.hold(held(b"x" * 750, at=1600698609))

    assert let_go == 5 - len(bodies(quarantine)) >= 2
    assert bodies(quarantine)[-1] == b"x" * 750
    assert sum(map(len, bodies(quarantine))) <= 1000


def test_delivery_beyond_the_bound(make: Make) -> None:
    """A delivery that no room could hold pushes out nothing; it is counted itself."""
    quarantine = make(most_bytes=1000)
    quarantine.hold(held(b"[1]"))

    assert quarantine.hold(held(b"x" * 1001)) == 1
    assert bodies(quarantine) == [b"[1]"]


def test_bound_in_time(make: Make) -> None:
    """What nobody vouched for in time goes, when it is asked for as well as when another comes."""
    quarantine = make(seconds=60)
    quarantine.hold(held(b"[1]", at=1600698600))
    quarantine.hold(held(b"[2]", at=1600698630))
    NOW[0] = 1600698659.9
    before = bodies(quarantine)
    NOW[0] = 1600698660.0
    let_go = quarantine.hold(held(b"[3]", at=1600698660))
    NOW[0] = 1600698690.0

    assert before == [b"[1]", b"[2]"]
    assert let_go == 1
    assert bodies(quarantine) == [b"[3]"]


@pytest.mark.parametrize("bound", ["most", "most_bytes", "seconds"])
@pytest.mark.parametrize("value", [0, -1])
def test_bound_that_holds_nothing(bound: str, value: int) -> None:
    """Such a quarantine is a mistake."""
    with pytest.raises(ValueError, match="its bounds are above 0"):
        QuarantineBounds(**{bound: value})


def test_nothing_of_a_delivery_is_shown() -> None:
    """The repr has its time alone."""
    assert repr(held(b'[{"to":"a@example.com"}]')) == "HeldDelivery(at=1600698600.0)"


def test_files_are_private_and_outlive_the_process(tmp_path: Path) -> None:
    """Another process finds what is held, in files of mode 0600 in a folder of mode 0700."""
    clock = lambda: 1600698600.0  # noqa: E731 -- two stores share it
    FileQuarantine(tmp_path, clock=clock).hold(held(b"[1]"))
    folder = tmp_path / "quarantine"
    [file] = folder.iterdir()

    assert file.name == f"{held(b'[1]').name}.delivery"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, file)] == [0o700, 0o600]
    assert bodies(FileQuarantine(tmp_path, clock=clock)) == [b"[1]"]


def test_file_that_a_crash_left_half_written(tmp_path: Path) -> None:
    """It is no delivery, counts for the bounds, and goes with the oldest."""
    quarantine = FileQuarantine(tmp_path, QuarantineBounds(most=1), clock=lambda: 1600698600.0)
    half = tmp_path / "quarantine" / "x.part"
    half.write_bytes(b"half")
    os.utime(half, (1600698599, 1600698599))
    names = quarantine.names()
    quarantine.hold(held(b"[1]"))

    assert names == []
    assert not half.exists()
    assert bodies(quarantine) == [b"[1]"]


def test_half_written_file_that_grows(tmp_path: Path) -> None:
    """Its bytes count as they are now, however small it was when it was seen first."""
    bounds = QuarantineBounds(most_bytes=1000)
    quarantine = FileQuarantine(tmp_path, bounds, clock=lambda: 1600698600.0)
    half = tmp_path / "quarantine" / "x.part"
    half.write_bytes(b"half")
    os.utime(half, (1600698700, 1600698700))
    let_go_before = quarantine.hold(held(b"[1]"))
    half.write_bytes(b"x" * 950)
    os.utime(half, (1600698700, 1600698700))

    assert let_go_before == 0
    assert quarantine.names() == []


def test_processes_that_share_the_folder(tmp_path: Path) -> None:
    """Each sees what the other holds and releases, and the bounds are of what both hold."""
    bounds, clock = QuarantineBounds(most=2), lambda: 1600698600.0
    one, other = (FileQuarantine(tmp_path, bounds, clock=clock) for _ in range(2))
    first, second, third = (held(b"[%d]" % each, at=1600698600 + each) for each in range(3))
    one.hold(first)
    other.hold(second)
    seen_by_both = one.names(), other.names()
    other.release(first.name)
    let_go = [one.hold(third), other.hold(first)]

    assert seen_by_both == ([first.name, second.name], [first.name, second.name])
    assert let_go == [0, 1]
    assert one.names() == other.names() == [second.name, third.name]


@pytest.mark.parametrize(
    "content", [b"", b"[]\n[1]", b'{"at":1}\n[1]', b'{"at":"x","signature":""}\n']
)
def test_broken_file(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """It is told by its name and passed over."""
    quarantine = FileQuarantine(tmp_path, clock=lambda: 1600698600.0)
    quarantine.hold(held(b"[1]"))
    [file] = (tmp_path / "quarantine").iterdir()
    file.write_bytes(content)

    assert quarantine.get(held(b"[1]").name) is None
    assert caplog.messages == [f"The file {file} of the quarantine holds no delivery: delete it."]


@pytest.mark.parametrize("name", ["", "x", "../" + "0" * 61, "0" * 63, "A" * 64, "0" * 64 + "\n"])
def test_name_that_could_be_a_path(tmp_path: Path, name: str) -> None:
    """No name leads out of the folder."""
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        FileQuarantine(tmp_path).get(name)


def test_folder_that_went_away(tmp_path: Path) -> None:
    """The sentence names the place."""
    quarantine = FileQuarantine(tmp_path)
    (tmp_path / "quarantine").rmdir()

    with pytest.raises(KeyStoreError, match=r"Cannot write .*\.delivery: No such file"):
        quarantine.hold(held(b"[1]"))
    with pytest.raises(KeyStoreError, match=r"Cannot read .*quarantine: No such file"):
        quarantine.names()
