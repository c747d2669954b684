"""References cannot be guessed, and can be read aloud."""

from __future__ import annotations

from ledger import references


def test_a_reference_is_its_prefix_and_characters_that_are_not_mistaken_for_others() -> None:
    prefix, drawn = references.new("PR").split("-")
    assert prefix == "PR"
    assert len(drawn) == 16
    assert set(drawn) <= set(references.ALPHABET)
    assert not set(references.ALPHABET) & set("ILOU")
    assert references.ALPHABET.isupper()


def test_no_two_references_are_alike() -> None:
    assert len({references.new("PR") for _ in range(10_000)}) == 10_000


def test_every_character_is_five_bits_and_is_drawn() -> None:
    assert len(set(references.ALPHABET)) == len(references.ALPHABET) == 2**5
    assert set(references.new("X", characters=5_000).removeprefix("X-")) == set(references.ALPHABET)
