"""Entries of the state that hold one and the same callback."""

from __future__ import annotations

from ens_provider.lifecycle.state_entries import StateEntries

ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
OLD, NEW = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def test_only_entry_of_a_callback() -> None:
    """The only entry leaves nothing behind, whether it was shown before or not."""
    entries = StateEntries()
    entries.seen(ID, OLD)

    assert not entries.leaves_another(ID, OLD)
    assert not entries.leaves_another("another", OLD)


def test_first_of_two_entries_leaves_the_callback_to_the_second() -> None:
    """Whichever goes first leaves the callback; the last one takes it along."""
    entries = StateEntries()
    entries.seen(ID, OLD)
    entries.seen(ID, NEW)
    entries.seen(ID, NEW)

    assert entries.leaves_another(ID, OLD)
    assert not entries.leaves_another(ID, NEW)


def test_entry_that_was_not_shown_leaves_the_callback_to_the_one_that_was() -> None:
    """The program's entry is shown, the removed one is not: the removed one leaves it."""
    entries = StateEntries()
    entries.seen(ID, NEW)

    assert entries.leaves_another(ID, OLD)


def test_entry_that_only_reads_does_not_count() -> None:
    """A `Callback.get` of a managed callback does not keep it from being deleted."""
    entries = StateEntries()
    entries.seen(ID, "")

    assert not entries.leaves_another(ID, OLD)


def test_only_a_checked_pair_was_checked() -> None:
    """An entry counts as declared by the name and the URL together."""
    entries = StateEntries()
    entries.checked("orders", "https://receiver.test/orders")

    assert entries.was_checked("orders", "https://receiver.test/orders")
    assert not entries.was_checked("orders", "https://receiver.test/others")
    assert not entries.was_checked("others", "https://receiver.test/orders")


def test_force_destroy_of_the_program_goes_before_that_of_the_state() -> None:
    """What the program declares now counts, as far as it is known; otherwise the state's value."""
    entries = StateEntries()
    entries.forces("raised", force_destroy=True)
    entries.forces("lowered", force_destroy=False)
    entries.forces("unknown", force_destroy=object())

    assert entries.is_forced("raised", in_state=False)
    assert not entries.is_forced("lowered", in_state=True)
    assert [entries.is_forced("unknown", in_state=value) for value in (True, False)] == [
        True,
        False,
    ]


def test_callback_that_an_entry_is_to_take_over() -> None:
    """An id is to be adopted once a creation named it."""
    entries = StateEntries()
    entries.adopts(ID)

    assert entries.is_to_be_adopted(ID)
    assert not entries.is_to_be_adopted("another")
