"""What every file store promises, asked of the fake and of a directory."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ledger.adapters.file_store import DirectoryFileStore
from ledger.adapters.memory import MemoryFileStore
from ledger.errors import Invalid, NotFound, Unavailable
from ledger.ports import FileStore
from tests.adapters.files import small_files_only


@pytest.fixture(params=["memory", "directory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    return MemoryFileStore() if request.param == "memory" else DirectoryFileStore(tmp_path / "files")


def test_a_file_comes_back_as_it_was_put(store: FileStore) -> None:
    store.put("receipts/2026/R-0042.pdf", b"%PDF\x00\xff")

    assert store.get("receipts/2026/R-0042.pdf") == b"%PDF\x00\xff"


def test_a_file_that_is_put_again_is_the_last_one(store: FileStore) -> None:
    store.put("a", b"long first content")
    store.put("a", b"second")

    assert store.get("a") == b"second"


@pytest.mark.parametrize("key", ["a", "receipts/none.pdf", "receipts", "receipts/one.pdf/below"])
def test_a_key_without_a_file_is_not_found(store: FileStore, key: str) -> None:
    store.put("receipts/one.pdf", b"1")

    with pytest.raises(NotFound):
        store.get(key)


def test_keys_are_listed_in_order_by_what_they_start_with(store: FileStore) -> None:
    for key in ("b/2", "a/10", "a/1", "ab", "a/1.pdf/x", "b/1"):
        store.put(key, b"")

    assert list(store.keys("a/")) == ["a/1", "a/1.pdf/x", "a/10"]
    assert list(store.keys("a")) == ["a/1", "a/1.pdf/x", "a/10", "ab"]
    assert list(store.keys("")) == ["a/1", "a/1.pdf/x", "a/10", "ab", "b/1", "b/2"]
    assert list(store.keys("c")) == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a//b",
        "a/",
        ".",
        "..",
        ".a",
        "a/.b",
        "a\\b",
        "a b",
        "é",
        "a\n",
        "a" * 201,
    ],
)
def test_a_key_that_could_name_anything_else_is_refused(store: FileStore, key: str) -> None:
    with pytest.raises(Invalid):
        store.put(key, b"")
    with pytest.raises(Invalid):
        store.get(key)
    assert list(store.keys("")) == []


@pytest.mark.parametrize("prefix", ["..", "/", "a b", ".a"])
def test_a_prefix_that_no_key_can_start_with_is_refused(store: FileStore, prefix: str) -> None:
    with pytest.raises(Invalid):
        store.keys(prefix)


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a/b")])
def test_a_key_is_never_a_file_and_a_folder(store: FileStore, first: str, second: str) -> None:
    store.put(first, b"1")

    with pytest.raises(Invalid):
        store.put(second, b"2")
    assert list(store.keys("")) == [first]


def test_without_room_the_file_that_was_there_stays_whole(tmp_path: Path) -> None:
    store = DirectoryFileStore(tmp_path)
    store.put("a", b"first")

    with small_files_only(100), pytest.raises(Unavailable) as caught:
        store.put("a", b"x" * 101)

    assert caught.value.reason == "no_room"
    assert store.get("a") == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_fake_without_room_keeps_what_it_had() -> None:
    store = MemoryFileStore()
    store.put("a", b"first")
    store.full = True

    with pytest.raises(Unavailable):
        store.put("a", b"second")
    assert store.get("a") == b"first"


def test_what_is_being_written_is_not_a_file_yet(tmp_path: Path) -> None:
    (tmp_path / ".x.part").write_bytes(b"half")

    assert list(DirectoryFileStore(tmp_path).keys("")) == []


def test_a_reader_sees_one_whole_file_while_others_write(tmp_path: Path) -> None:
    store = DirectoryFileStore(tmp_path)
    contents = [bytes([letter]) * 200_000 for letter in b"abcd"]
    store.put("a", contents[0])
    writers = [threading.Thread(target=store.put, args=("a", content)) for content in contents]
    for writer in writers:
        writer.start()

    seen = {store.get("a") for _ in range(50)}

    for writer in writers:
        writer.join()
    assert seen <= set(contents)
