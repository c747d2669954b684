"""Anybody reads the register, keeps a seal, and checks a proof: on a page, or with no page at all."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.books import merkle, proofs, roots
from ledger.cli.main import main
from ledger.organisations import organisations
from ledger.web.public import register, verifying
from ledger.workflows import keep_books
from tests.factories.books import make_entry, make_transfer
from tests.factories.world import World
from tests.journeys.browsers import Browser
from tests.journeys.donors import give_and_pay, sign_in
from tests.journeys.pages import Page

TREASURER: Final = "ines@amis-du-lavoir.example"
BOOK: Final = "/fr/registre/amis-du-lavoir"
FILE: Final = "/register/amis-du-lavoir.json"
VERIFY: Final = "/fr/registre/verifier"

one_engine = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def sealed(world: World) -> World:
    """The world after a gift whose entry is sealed."""
    give_and_pay(world)
    world.settle()
    seal(world)
    return world


def seal(world: World) -> None:
    keep_books.run(world.means.database, now=world.clock())


def post_and_seal(world: World, times: int) -> None:
    for _ in range(times):
        with world.means.database.transaction() as session:
            book_id = organisations.get(session, "amis-du-lavoir").book_id
            make_entry(session, book_id, make_transfer(7, debited="512100", credited="511510"), now=world.clock())
        seal(world)


def own_proof(world: World) -> bytes:
    """Take the proof of the gift from its donor's page, which a link in a mail opens."""
    browser = world.browser()
    page = browser.open(world.link_in(world.mails("camille@example.org")[0]))
    answer = browser.open(page.links()["Preuve d’inscription au livre"])
    assert answer.status == 200
    assert "preuve-E" in answer.headers["content-disposition"]
    return answer.body


@pytest.fixture
def kept(sealed: World) -> bytes:
    """The proof of the gift."""
    return own_proof(sealed)


def verified(browser: Browser, content: bytes, path: str = VERIFY) -> Page:
    token = browser.open(path).form().fields["csrf_token"]
    data = {"csrf_token": token, "proof": (io.BytesIO(content), "preuve.json")}
    answer = browser.client.post(path, data=data, content_type="multipart/form-data", base_url="http://127.0.0.1")
    lower = {name.lower(): value for name, value in answer.headers}
    return Page(path, answer.status_code, lower, answer.get_data())


def prove(*arguments: object) -> Result:
    """Run `ecot books prove` where there is no database."""
    nowhere = {"ECOT_DATABASE_URL": "sqlite:////nowhere/at/all.db"}
    return CliRunner().invoke(main, ["books", "prove", *map(str, arguments)], env=nowhere)


def test_the_register_lists_every_book_with_its_newest_seal_and_nobody(sealed: World) -> None:
    page = sealed.browser().open("/fr/registre")
    lavoir, verger = page.table()[1:]
    assert (lavoir[0], lavoir[1], verger) == ("Les Amis du Lavoir", "1", ["Les Amis du Verger", "0", "", ""])
    own = sealed.browser().open(BOOK)
    assert [row[0] for row in own.table()] == ["Scellement", "n°\xa01"]
    assert own.table()[1][-1] == lavoir[-1]
    for shown in (page, own, sealed.browser().open(FILE)):
        text = shown.body.decode()
        assert not [word for word in ("Moreau", "Camille", "25,00", "2500", "lavoir@") if word in text]


def test_the_register_is_linked_from_every_page(sealed: World) -> None:
    assert 'href="/fr/registre"' in sealed.browser().open("/fr/").html
    assert 'href="/en/register"' in sealed.browser().open("/en/about").html


@one_engine
def test_seals_are_read_page_by_page_and_file_by_file(sealed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "ON_PAGE", 2)
    monkeypatch.setattr(register, "IN_FILE", 2)
    post_and_seal(sealed, 4)
    browser, numbers, page = sealed.browser(), [], sealed.browser().open(BOOK)
    while True:
        numbers += [row[0] for row in page.table()[1:]]
        older = page.links().get("Scellements plus anciens")
        if older is None:
            break
        page = browser.open(older)
    assert numbers == [f"n°\xa0{number}" for number in (5, 4, 3, 2, 1)]

    address: str | None = FILE
    files = []
    while address:
        answer = browser.open(address)
        files.append(answer.body.decode())
        address = json.loads(answer.body)["next"]
    assert [len(json.loads(file)["seals"]) for file in files] == [2, 2, 1]
    assert [one.sequence for one in roots.read(reversed(files))] == [1, 2, 3, 4, 5]
    assert json.loads(browser.open(f"{FILE}?after=5").body)["seals"] == []


@one_engine
def test_the_file_is_for_machines_everywhere_and_keeps_its_format(sealed: World) -> None:
    answer = sealed.browser().open(FILE)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["content-type"] == "application/json"
    assert "set-cookie" not in answer.headers
    content = json.loads(answer.body)
    assert list(content) == ["version", "organisation", "name", "book", "seals", "next"]
    assert (content["version"], content["organisation"], content["next"]) == (1, "amis-du-lavoir", None)
    assert list(content["seals"][0]) == ["book", "sequence", "size", "root", "previous", "sealed_at", "hash"]
    assert "access-control-allow-origin" not in sealed.browser().open(BOOK).headers


@one_engine
@pytest.mark.parametrize("path", ["/fr/registre/personne", "/register/personne.json"])
def test_a_book_that_is_not_there_is_not_found(sealed: World, path: str) -> None:
    assert sealed.browser().open(path).status == 404


def test_a_donors_proof_is_good_on_the_page_and_without_any_page(sealed: World, tmp_path: Path) -> None:
    proof = tmp_path / "preuve.json"
    proof.write_bytes(own_proof(sealed))
    post_and_seal(sealed, 2)

    page = verified(sealed.browser(), proof.read_bytes())
    assert page.status == 200
    assert "La preuve est bonne" in page.text
    assert "le livre de l’organisation Les Amis du Lavoir" in page.text
    assert "no. 1 of journal STR" in verified(sealed.browser(), proof.read_bytes(), "/en/register/verify").text

    published = tmp_path / "roots.json"
    published.write_bytes(sealed.browser().open(FILE).body)
    result = prove(proof, "--roots", published)
    assert result.exit_code == 0, result.output
    assert "seal 1 is the published one; seals 1 to 3 follow one another" in result.output


def test_the_treasurer_takes_the_proof_of_any_entry_from_its_page(sealed: World) -> None:
    post_and_seal(sealed, 1)
    entry = json.loads(proofs.read(own_proof(sealed).decode()).content)["id"]
    browser = sign_in(sealed, TREASURER)
    page = browser.open(f"/fr/tresorerie/amis-du-lavoir/ecritures/{entry}")
    answer = browser.open(page.links()["Preuve (JSON)"])
    assert verified(sealed.browser(), answer.body).text.count("La preuve est bonne") == 1
    assert proofs.read(answer.body.decode()).later == ()
    other = sign_in(sealed, "theo@amis-du-verger.example")
    assert other.open(f"/fr/tresorerie/amis-du-verger/ecritures/{entry}/preuve.json").status == 404


@one_engine
def test_an_entry_that_is_not_sealed_yet_has_no_proof_and_says_when(world: World) -> None:
    give_and_pay(world)
    world.settle()
    with world.means.database.transaction() as session:
        book_id = organisations.get(session, "amis-du-lavoir").book_id
        entry = make_entry(session, book_id, make_transfer(7, debited="512100", credited="511510"), now=world.clock())
    page = sign_in(world, TREASURER).open(f"/fr/tresorerie/amis-du-lavoir/ecritures/{entry}/preuve.json")
    assert page.status == 409
    assert "Cette écriture n’est pas encore scellée." in page.text


def forged(content: dict[str, Any], **changed: object) -> bytes:
    return json.dumps(content | changed).encode()


@one_engine
def test_a_proof_that_was_touched_is_told_from_one_that_is_of_elsewhere(sealed: World, tmp_path: Path) -> None:
    proof = json.loads(own_proof(sealed))
    browser = sealed.browser()

    altered = verified(browser, forged(proof, entry=proof["entry"].replace("2500", "9900")))
    assert altered.status == 422
    assert "n’est pas celle qui a été scellée" in altered.error_of("proof")

    leaf = merkle.leaf(proof["entry"].encode())
    made_up = proof["seals"][0] | {"root": leaf.hex(), "size": 1, "sealed_at": "2020-01-01T00:00:00+00:00"}
    elsewhere = forged(proof, path=[], index=0, seals=[made_up])
    page = verified(browser, elsewhere)
    assert page.status == 200
    assert "La preuve ne prouve rien ici" in page.text

    other_number = verified(browser, forged(proof, path=[], index=0, seals=[made_up | {"sequence": 10**40}]))
    assert "La preuve ne prouve rien ici" in other_number.text
    assert "STR" not in other_number.text, "nobody knows what a made-up entry says"

    (tmp_path / "proof.json").write_bytes(forged(proof, path=[], index=0, seals=[made_up | {"sequence": 9}]))
    (tmp_path / "roots.json").write_bytes(browser.open(FILE).body)
    result = prove(tmp_path / "proof.json", "--roots", tmp_path / "roots.json")
    assert result.exit_code == 1
    assert "seal_not_published" in result.stderr


@one_engine
def test_a_file_that_is_no_proof_is_refused_and_named_so(sealed: World) -> None:
    browser = sealed.browser()
    proof = own_proof(sealed)
    for content, told in (
        (b"", "Ce champ est à remplir."),
        (b"\xff\xfe", "Ce fichier n’est pas une preuve"),
        (b"%PDF-1.7", "Ce fichier n’est pas une preuve"),
        (proof[:-40], "Ce fichier n’est pas une preuve"),
        (b"[" * 100_000, "Ce fichier n’est pas une preuve"),
        (proof.replace(b"ecot-proof-1", b"ecot-proof-9"), "Ce site ne connaît pas le format"),
        (proof + b" " * verifying.LARGEST, "Ce fichier est trop grand"),
    ):
        page = verified(browser, content)
        assert page.status == 422
        assert told in page.error_of("proof").replace("\xa0", " ")
    endless = {"data": b"x" * 600_000, "content_type": "multipart/form-data; boundary=x"}
    assert browser.client.post(VERIFY, **endless).status_code == 413
    assert browser.post(VERIFY, {}).status == 422, "without the form's token"


values = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=8) | st.just("9999-12-31T23:59:59-14:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["book", "root"]), inner, max_size=2),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(field=st.sampled_from(["entry", "index", "path", "seals", "format"]), data=st.data())
@one_engine
def test_whatever_stands_in_a_file_the_page_answers(
    sealed: World, kept: bytes, field: str, data: st.DataObject
) -> None:
    proof = json.loads(kept)
    if field == "seals" and data.draw(st.booleans()):
        part = data.draw(st.sampled_from(sorted(proof["seals"][0])))
        proof["seals"][0][part] = data.draw(values)
    else:
        proof[field] = data.draw(values)
    assert verified(sealed.browser(), json.dumps(proof).encode()).status in {200, 422}
