"""Stores of keys: the same rules in memory and in files, and what only files have."""

from __future__ import annotations

import json
import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ens_provider.receiver import (
    FileSignatureKeys,
    FileVerificationKeys,
    KeyStoreError,
    MemorySignatureKeys,
    MemoryVerificationKeys,
    Receiver,
    SignatureKeyStore,
    VerificationKeyStore,
)
from tests.unit.receiver.world import KEY, MAILS, OLD_KEY, ORDERS, OTHER_KEY

KINDS = ["memory", "files"]


@pytest.fixture(params=KINDS)
def signature_keys(request: pytest.FixtureRequest, tmp_path: Path) -> SignatureKeyStore:
    """Give an empty store of signature keys, of each kind."""
    return MemorySignatureKeys() if request.param == "memory" else FileSignatureKeys(tmp_path)


@pytest.fixture(params=KINDS)
def verification_keys(request: pytest.FixtureRequest, tmp_path: Path) -> VerificationKeyStore:
    """Give an empty store of three verification keys, of each kind."""
    if request.param == "memory":
        return MemoryVerificationKeys(most=3)
    return FileVerificationKeys(tmp_path, most=3)


def ids(count: int) -> list[str]:
    return [f"65b885ab-c2b4-46fe-85d0-{number:012}" for number in range(count)]


def test_signature_keys_are_kept_in_order(signature_keys: SignatureKeyStore) -> None:
    """Keys come back as they were put, by callback, in whatever case its id is written."""
    signature_keys.put(ORDERS, [KEY, OLD_KEY])
    signature_keys.put(MAILS.upper(), (OTHER_KEY,))

    assert signature_keys.get(ORDERS.upper()) == (KEY, OLD_KEY)
    assert signature_keys.all() == {ORDERS: (KEY, OLD_KEY), MAILS: (OTHER_KEY,)}


def test_signature_keys_are_replaced_and_deleted(signature_keys: SignatureKeyStore) -> None:
    """Keys that are put take the place of those before; deleting twice is no mistake."""
    signature_keys.put(ORDERS, [OLD_KEY])
    signature_keys.put(ORDERS, [KEY])
    replaced = signature_keys.get(ORDERS)
    signature_keys.delete(ORDERS)
    signature_keys.delete(ORDERS)

    assert replaced == (KEY,)
    assert signature_keys.get(ORDERS) == ()
    assert signature_keys.all() == {}


def test_one_text_is_no_list_of_keys(signature_keys: SignatureKeyStore) -> None:
    """A key in the place of a list would become keys of one character."""
    with pytest.raises(TypeError, match="pass a list of signature keys"):
        signature_keys.put(ORDERS, KEY)

    assert signature_keys.get(ORDERS) == ()


def test_first_verification_key_stays(verification_keys: VerificationKeyStore) -> None:
    """A second key does not replace the first; after a deletion there is room again."""
    first = verification_keys.setdefault(ORDERS, KEY)
    second = verification_keys.setdefault(ORDERS, OTHER_KEY)
    held = verification_keys.get(ORDERS)
    verification_keys.delete(ORDERS)
    verification_keys.delete(ORDERS)

    assert [first, second, held] == [KEY, KEY, KEY]
    assert verification_keys.get(ORDERS) is None
    assert verification_keys.setdefault(ORDERS, OTHER_KEY) == OTHER_KEY


def test_oldest_verification_key_is_forgotten(verification_keys: VerificationKeyStore) -> None:
    """Beyond the bound the oldest goes, however often its probe is repeated."""
    first, *others = ids(4)
    for callback_id in (first, *others[:2], first, others[2]):
        verification_keys.setdefault(callback_id, KEY)

    assert verification_keys.get(first) is None
    assert [verification_keys.get(callback_id) for callback_id in others] == [KEY, KEY, KEY]


def test_of_many_at_once_one_is_first(verification_keys: VerificationKeyStore) -> None:
    """All who put a key at the same time are told the one key that is held."""
    keys = [f"{number:04}" for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda key: verification_keys.setdefault(ORDERS, key), keys))

    assert set(told) == {verification_keys.get(ORDERS)}


def test_many_at_once_stay_within_the_bound(verification_keys: VerificationKeyStore) -> None:
    """The bound holds for those who come at the same time."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: verification_keys.setdefault(each, KEY), ids(40)))

    assert 1 <= sum(verification_keys.get(each) == KEY for each in ids(40)) <= 3


@pytest.mark.parametrize("most", [0, -1])
def test_bound_that_keeps_nothing(tmp_path: Path, most: int) -> None:
    """A store that could hold no key is a mistake."""
    with pytest.raises(ValueError, match="keeps at least one key"):
        MemoryVerificationKeys(most=most)
    with pytest.raises(ValueError, match="keeps at least one key"):
        FileVerificationKeys(tmp_path, most=most)


def test_default_bound() -> None:
    """Ten thousand keys are kept in memory unless told otherwise."""
    store = MemoryVerificationKeys()
    for callback_id in ids(10_001):
        store.setdefault(callback_id, KEY)

    assert [store.get(each) for each in (*ids(2), ids(10_001)[-1])] == [None, KEY, KEY]


def test_keys_given_to_memory() -> None:
    """A program that has its keys gives them along."""
    keys = {ORDERS.upper(): [KEY]}
    store = MemorySignatureKeys(keys)
    keys[ORDERS.upper()].append(OLD_KEY)

    assert store.all() == {ORDERS: (KEY,)}


def test_files_outlive_the_store(tmp_path: Path) -> None:
    """A new store on the same folder, that of another process, holds the same keys."""
    FileSignatureKeys(tmp_path / "new" / "keys").put(ORDERS, [KEY])
    FileVerificationKeys(tmp_path / "new" / "keys").setdefault(ORDERS, OTHER_KEY)

    assert FileSignatureKeys(tmp_path / "new" / "keys").all() == {ORDERS: (KEY,)}
    assert FileVerificationKeys(tmp_path / "new" / "keys").get(ORDERS) == OTHER_KEY


def test_files_are_private(tmp_path: Path) -> None:
    """Nobody but the owner reads keys, whatever the umask; a loose folder is closed again."""
    (tmp_path / "keys" / "signature-keys").mkdir(parents=True, mode=0o755)
    before = os.umask(0)
    try:
        FileSignatureKeys(tmp_path / "keys").put(ORDERS, [KEY])
        FileVerificationKeys(tmp_path / "keys").setdefault(ORDERS, KEY)
    finally:
        os.umask(before)
    modes = {
        path.relative_to(tmp_path / "keys").as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "keys").rglob("*")
    }

    assert modes == {
        "signature-keys": 0o700,
        f"signature-keys/{ORDERS}.json": 0o600,
        "verification-keys": 0o700,
        f"verification-keys/{ORDERS}.json": 0o600,
    }


def test_file_is_never_there_in_part(tmp_path: Path) -> None:
    """Who reads while keys are replaced finds the old or the new ones, and no leftovers stay."""
    store = FileSignatureKeys(tmp_path)
    long, short = [KEY] * 200, [OLD_KEY]
    store.put(ORDERS, short)

    def write() -> None:
        for keys in (long, short) * 60:
            store.put(ORDERS, keys)

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write)
        seen = set()
        while not writing.done():
            seen.add(store.get(ORDERS))
        writing.result()

    assert seen <= {tuple(long), tuple(short)}
    assert [path.name for path in (tmp_path / "signature-keys").iterdir()] == [f"{ORDERS}.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff", b"{", b"[]", b"{}", b'{"keys":"a"}', b'{"keys":[1]}', b"[" * 100_000],
)
def test_broken_file(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """A broken file is told with its path; the keys of other callbacks stay good."""
    store = FileSignatureKeys(tmp_path)
    store.put(ORDERS, [KEY])
    broken = tmp_path / "signature-keys" / f"{MAILS}.json"
    broken.write_bytes(content)
    sentence = f'The key file {broken} does not hold {{"keys": [...]}}: delete it.'

    with pytest.raises(KeyStoreError) as refused:
        store.get(MAILS)
    with caplog.at_level(logging.ERROR):
        assert store.all() == {ORDERS: (KEY,)}

    assert str(refused.value) == sentence
    assert caplog.messages == [sentence]


def test_broken_verification_key_fails_its_probe_loudly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A receiver that cannot keep a key answers 500, and its log names the file."""
    receiver = Receiver(lambda _delivery: None, verification_keys=FileVerificationKeys(tmp_path))
    broken = tmp_path / "verification-keys" / f"{ORDERS}.json"
    broken.write_text(f'{{"key": "{KEY}"}}')
    body = json.dumps({"callbackId": ORDERS, "verificationKey": KEY}).encode()

    assert receiver.handle("POST", "/", {}, body).status == 500
    assert f"The key file {broken} does not hold" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("callback_id", ["", "..", "../../x", "/etc/passwd", f"{ORDERS}/x", "a\0b"])
def test_id_that_could_be_a_path(tmp_path: Path, callback_id: str) -> None:
    """Nothing but a GUID becomes a file name."""
    signature_keys, verification_keys = FileSignatureKeys(tmp_path), FileVerificationKeys(tmp_path)
    with pytest.raises(ValueError, match="is a GUID"):
        signature_keys.put(callback_id, [KEY])
    with pytest.raises(ValueError, match="is a GUID"):
        signature_keys.delete(callback_id)
    with pytest.raises(ValueError, match="is a GUID"):
        verification_keys.setdefault(callback_id, KEY)
    with pytest.raises(ValueError, match="is a GUID"):
        verification_keys.get(callback_id)

    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "signature-keys",
        "verification-keys",
    ]


def test_other_files_in_the_folder(tmp_path: Path) -> None:
    """Files of somebody else are neither read nor counted nor deleted."""
    store = FileSignatureKeys(tmp_path)
    store.put(ORDERS, [KEY])
    for name in ("README", "notes.json", ".hidden.json", f"{MAILS}.json.part"):
        (tmp_path / "signature-keys" / name).write_text(json.dumps({"keys": [OTHER_KEY]}))

    assert store.all() == {ORDERS: (KEY,)}


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the place of the folder is told with the path."""
    (tmp_path / "keys").write_text("")

    with pytest.raises(KeyStoreError, match=r"Cannot make .*/keys/signature-keys: Not a directory"):
        FileSignatureKeys(tmp_path / "keys")


def test_folder_that_went_away(tmp_path: Path) -> None:
    """A store whose folder is gone says so, and without a key."""
    store = FileSignatureKeys(tmp_path)
    (tmp_path / "signature-keys").rmdir()

    with pytest.raises(
        KeyStoreError, match=r"Cannot write .*: No such file or directory"
    ) as refused:
        store.put(ORDERS, [KEY])

    assert KEY not in str(refused.value)


def test_folder_that_cannot_be_read(tmp_path: Path) -> None:
    """It is told, instead of counting as a folder without keys."""
    keys = FileSignatureKeys(tmp_path)
    folder = tmp_path / "signature-keys"
    folder.rmdir()
    folder.write_bytes(b"")

    with pytest.raises(KeyStoreError, match=r"^Cannot read .*signature-keys: Not a directory\.$"):
        keys.all()
