"""Every page there is, by name: where it is, whom it is for, what its title says, and what was done to it there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import FilePayload, expect

from tests.browser import town
from tests.browser.person import Gift, Person

NO_TOKEN: Final = "no-such-link"
MAIL: Final = "Votre don à « Des partitions pour l’harmonie » : attestation de paiement"


@dataclass(frozen=True, slots=True)
class Stop:
    """A page as it is looked at."""

    name: str
    path: dict[str, str]
    title: dict[str, str]
    persona: str = ""
    status: int = 200
    act: Callable[[Person], None] | None = None


def send_empty(person: Person) -> None:
    """Send the gift's form with nothing typed."""
    person.page.locator("#amount_choice-other").check()
    person.button("Go on to the payment").click()
    expect(person.page.get_by_role("alert")).to_be_focused()


def choose_other_amounts(person: Person) -> None:
    """Fill the form in as somebody does who wants everything otherwise."""
    person.type_gift(Gift("37,50", "camille@ici.example", "Camille", tip="1"))
    person.page.locator("#name_shown-nobody").check()
    expect(person.page.locator("#costs .total")).to_contain_text("38")


def ask_for_nothing(person: Person) -> None:
    """Ask for a sign-in link without an address."""
    person.button("Mail me the link").click()
    expect(person.page.get_by_role("alert")).to_be_focused()


def ask_for_link(person: Person) -> None:
    """Ask for a sign-in link for an address that nobody has."""
    person.page.locator("#email").fill("personne@ici.example")
    person.button("Mail me the link").click()


def open_appearance(person: Person) -> None:
    """Unfold the choice of how one appears."""
    person.page.locator("summary").first.click()


def open_first_mail(person: Person) -> None:
    """Open a mail with a proof of payment."""
    person.page.get_by_role("row").filter(has_text="joseph@brevaux.example").first.get_by_role("link").click()


def check_a_proof(person: Person) -> None:
    """Check the proof of the first entry of the book."""
    proof = person.site.ecot("books", "export-proof", "1").stdout
    send_file(person, proof)
    expect(person.page.get_by_role("status")).to_contain_text("L’Atelier de Brévaux")


def check_a_proof_of_elsewhere(person: Person) -> None:
    """Check a proof whose seal is in another register."""
    proof = json.loads(person.site.ecot("books", "export-proof", "1").stdout)
    seal = proof["seals"][0] | {"book": 99}
    send_file(person, json.dumps(proof | {"seals": [seal]}))
    expect(person.page.get_by_role("status")).to_be_visible()


def check_a_torn_proof(person: Person) -> None:
    """Check a file that is no proof."""
    send_file(person, "{}")
    expect(person.page.get_by_role("alert")).to_be_focused()


def send_file(person: Person, content: str) -> None:
    """Send a file to be checked."""
    file: FilePayload = {"name": "preuve-E1.json", "mimeType": "application/json", "buffer": content.encode()}
    person.page.locator("#proof").set_input_files(file)
    person.button("Check").click()


def post_nothing(person: Person) -> None:
    """Send the form of an entry with one line that is wrong and a document."""
    person.page.locator("#account_1").fill("999")
    file: FilePayload = {"name": "facture.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    person.page.locator("#attachment").set_input_files(file)
    person.button("Post the entry").click()
    expect(person.page.get_by_role("alert")).to_be_focused()


def look_at_balances(person: Person) -> None:
    """Look at a list of balances that can be posted."""
    send_balances(person, "compte;libellé;débit;crédit\n512100;Banque;1 200,50;\n1024;Fonds;;1200,50\n")
    expect(person.page.get_by_role("table")).to_be_visible()


def look_at_wrong_balances(person: Person) -> None:
    """Look at a list of balances with problems."""
    send_balances(person, "compte;libellé;débit;crédit\n999;?;1.234;\n606;Achats;;1\n")
    expect(person.page.get_by_role("alert")).to_be_focused()


def send_balances(person: Person, content: str) -> None:
    """Send a list of balances from long ago to be looked at."""
    person.page.locator("#day").fill("2020-01-01")
    file: FilePayload = {"name": "reprise.csv", "mimeType": "text/csv", "buffer": content.encode()}
    person.page.locator("#attachment").set_input_files(file)
    person.button("Look at the file").click()


def both(fr: str, en: str) -> dict[str, str]:
    """Give a text in each language."""
    return {"fr": fr, "en": en}


BOOK: Final = both(f"/fr/tresorerie/{town.ORGANISATION}", f"/en/treasury/{town.ORGANISATION}")
"""Where the pages of the town's book are."""

STOPS: Final = [
    Stop("home", both("/fr/", "/en/"), both("Des projets à financer ensemble", "Projects to fund together")),
    Stop(
        "home-filtered",
        both("/fr/?theme=nature&district=Les+Prés", "/en/?theme=nature&district=Les+Prés"),
        both("Des projets à financer ensemble", "Projects to fund together"),
    ),
    Stop(
        "home-nothing",
        both("/fr/?q=licorne", "/en/?q=unicorn"),
        both("Des projets à financer ensemble", "Projects to fund together"),
    ),
    Stop("about", both("/fr/a-propos", "/en/about"), both("Comment ça marche", "How it works")),
    Stop("register", both("/fr/registre", "/en/register"), both("Registre des scellements", "Register of seals")),
    Stop(
        "register-book",
        both(f"/fr/registre/{town.ORGANISATION}", f"/en/register/{town.ORGANISATION}"),
        both("Scellements : L’Atelier de Brévaux", "Seals: L’Atelier de Brévaux"),
    ),
    Stop("verify", both("/fr/registre/verifier", "/en/register/verify"), both("Vérifier une preuve", "Check a proof")),
    Stop(
        "verify-good",
        both("/fr/registre/verifier", "/en/register/verify"),
        both("Vérifier une preuve", "Check a proof"),
        act=check_a_proof,
    ),
    Stop(
        "verify-elsewhere",
        both("/fr/registre/verifier", "/en/register/verify"),
        both("Vérifier une preuve", "Check a proof"),
        act=check_a_proof_of_elsewhere,
    ),
    Stop(
        "verify-torn",
        both("/fr/registre/verifier", "/en/register/verify"),
        both("Erreur · Vérifier une preuve", "Error · Check a proof"),
        act=check_a_torn_proof,
    ),
    Stop(
        "project",
        both(f"/fr/projets/{town.OVEN}", f"/en/projects/{town.OVEN}"),
        both("Un four à pain au lavoir", "Un four à pain au lavoir"),
    ),
    Stop(
        "project-full",
        both("/fr/projets/des-partitions-pour-l-harmonie", "/en/projects/des-partitions-pour-l-harmonie"),
        both("Des partitions pour l’harmonie", "Des partitions pour l’harmonie"),
    ),
    Stop(
        "project-closed",
        both(f"/fr/projets/{town.SHELTER}", f"/en/projects/{town.SHELTER}"),
        both("« L’œuf » : un abri pour attendre le car", "« L’œuf » : un abri pour attendre le car"),
    ),
    Stop(
        "give",
        both(f"/fr/projets/{town.ORCHARD}/donner", f"/en/projects/{town.ORCHARD}/give"),
        both('Donner au projet « Un verger "à croquer" »', 'Give to “Un verger "à croquer"”'),
    ),
    Stop(
        "give-filled",
        both(f"/fr/projets/{town.OVEN}/donner", f"/en/projects/{town.OVEN}/give"),
        both("Donner au projet « Un four à pain au lavoir »", "Give to “Un four à pain au lavoir”"),
        act=choose_other_amounts,
    ),
    Stop(
        "give-errors",
        both(f"/fr/projets/{town.OVEN}/donner", f"/en/projects/{town.OVEN}/give"),
        both("Erreur · Donner au projet « Un four à pain au lavoir »", "Error · Give to “Un four à pain au lavoir”"),
        act=send_empty,
    ),
    Stop(
        "not-open",
        both(f"/fr/projets/{town.SHELTER}/donner", f"/en/projects/{town.SHELTER}/give"),
        both(
            "Ce projet ne reçoit pas de contributions en ce moment",
            "This project does not take contributions at the moment",
        ),
        status=409,
    ),
    Stop("sign-in", both("/fr/connexion", "/en/sign-in"), both("Se connecter", "Sign in")),
    Stop(
        "sign-in-errors",
        both("/fr/connexion", "/en/sign-in"),
        both("Erreur · Se connecter", "Error · Sign in"),
        act=ask_for_nothing,
    ),
    Stop(
        "sign-in-sent",
        both("/fr/connexion", "/en/sign-in"),
        both("Regardez vos courriels", "Look at your mails"),
        act=ask_for_link,
    ),
    Stop(
        "sign-in-invalid",
        both(f"/fr/connexion/{NO_TOKEN}", f"/en/sign-in/{NO_TOKEN}"),
        both("Ce lien ne vous connecte pas", "This link does not sign you in"),
        status=410,
    ),
    Stop(
        "donor-link-expired",
        both(f"/fr/moi/ouvrir/{NO_TOKEN}", f"/en/me/open/{NO_TOKEN}"),
        both("Ce lien n’ouvre plus votre page", "This link no longer opens your page"),
        status=410,
    ),
    Stop("donor", both("/fr/moi", "/en/me"), both("Mes contributions", "My contributions"), "donor"),
    Stop(
        "donor-appearance",
        both("/fr/moi", "/en/me"),
        both("Mes contributions", "My contributions"),
        "donor",
        act=open_appearance,
    ),
    Stop("leader", both("/fr/porteur", "/en/leader"), both("Mes projets", "My projects"), "leader"),
    Stop(
        "leader-project",
        both(f"/fr/porteur/{town.OVEN}", f"/en/leader/{town.OVEN}"),
        both("Un four à pain au lavoir · Mes projets", "Un four à pain au lavoir · My projects"),
        "leader",
    ),
    Stop(
        "leader-nothing",
        both("/fr/porteur/la-salle-commune-se-chauffe-au-bois", "/en/leader/la-salle-commune-se-chauffe-au-bois"),
        both("La salle commune se chauffe au bois · Mes projets", "La salle commune se chauffe au bois · My projects"),
        "leader",
    ),
    Stop("treasurer", both("/fr/tresorerie", "/en/treasury"), both("Comptabilité", "Accounts"), "treasurer"),
    Stop(
        "entry-new",
        both(f"{BOOK['fr']}/ecritures/nouvelle", f"{BOOK['en']}/entries/new"),
        both("Nouvelle écriture", "New entry"),
        "treasurer",
    ),
    Stop(
        "entry-new-errors",
        both(f"{BOOK['fr']}/ecritures/nouvelle", f"{BOOK['en']}/entries/new"),
        both("Erreur · Nouvelle écriture", "Error · New entry"),
        "treasurer",
        act=post_nothing,
    ),
    Stop(
        "entry",
        both(f"{BOOK['fr']}/ecritures/1", f"{BOOK['en']}/entries/1"),
        both("Écriture 1", "Entry 1"),
        "treasurer",
    ),
    Stop(
        "opening",
        both(f"{BOOK['fr']}/reprise", f"{BOOK['en']}/opening"),
        both("Bilan d’ouverture", "Opening balance of the book"),
        "treasurer",
    ),
    Stop(
        "opening-looked-at",
        both(f"{BOOK['fr']}/reprise", f"{BOOK['en']}/opening"),
        both("Bilan d’ouverture", "Opening balance of the book"),
        "treasurer",
        act=look_at_balances,
    ),
    Stop(
        "opening-errors",
        both(f"{BOOK['fr']}/reprise", f"{BOOK['en']}/opening"),
        both("Erreur · Bilan d’ouverture", "Error · Opening balance of the book"),
        "treasurer",
        act=look_at_wrong_balances,
    ),
    Stop(
        "periods",
        both(f"{BOOK['fr']}/exercices", f"{BOOK['en']}/periods"),
        both("Exercices", "Accounting years"),
        "treasurer",
    ),
    Stop(
        "closing",
        both(f"{BOOK['fr']}/exercices/1/cloture", f"{BOOK['en']}/periods/1/closing"),
        both("Clôturer définitivement l’exercice", "Close the year for good"),
        "treasurer",
    ),
    Stop(
        "statement",
        both(f"/fr/tresorerie/{town.OVEN}", f"/en/treasury/{town.OVEN}"),
        both("Relevé de compte : Un four à pain au lavoir", "Account statement: Un four à pain au lavoir"),
        "treasurer",
    ),
    Stop(
        "statement-nothing",
        both(
            f"/fr/tresorerie/{town.OVEN}?start=2020-01-01&end=2020-01-31",
            f"/en/treasury/{town.OVEN}?start=2020-01-01&end=2020-01-31",
        ),
        both("Relevé de compte : Un four à pain au lavoir", "Account statement: Un four à pain au lavoir"),
        "treasurer",
    ),
    Stop(
        "statement-error",
        both(
            f"/fr/tresorerie/{town.OVEN}?start=2026-02-01&end=2026-01-31",
            f"/en/treasury/{town.OVEN}?start=2026-02-01&end=2026-01-31",
        ),
        both(
            "Erreur · Relevé de compte : Un four à pain au lavoir",
            "Error · Account statement: Un four à pain au lavoir",
        ),
        "treasurer",
        status=422,
    ),
    Stop(
        "report",
        both(
            f"/fr/tresorerie/{town.ORGANISATION}/balance?seal=1",
            f"/en/treasury/{town.ORGANISATION}/trial-balance?seal=1",
        ),
        both("Balance générale", "Trial balance"),
        "treasurer",
    ),
    Stop(
        "report-of-no-seal",
        both(
            f"/fr/tresorerie/{town.ORGANISATION}/balance?seal=999",
            f"/en/treasury/{town.ORGANISATION}/trial-balance?seal=999",
        ),
        both("Erreur · Balance générale", "Error · Trial balance"),
        "treasurer",
        status=422,
    ),
    Stop(
        "forbidden",
        both("/fr/tresorerie", "/en/treasury"),
        both("Cette page ne vous est pas ouverte", "This page is not for you"),
        "donor",
        status=403,
    ),
    Stop(
        "outbox",
        both("/fr/courriels", "/en/mails"),
        both("Courriels envoyés par cette démonstration", "Mails sent by this demo"),
    ),
    Stop("mail", both("/fr/courriels", "/en/mails"), both(MAIL, MAIL), act=open_first_mail),
    Stop(
        "not-found",
        both("/fr/nulle-part", "/en/nowhere"),
        both("Cette page n’existe pas", "This page does not exist"),
        status=404,
    ),
]
