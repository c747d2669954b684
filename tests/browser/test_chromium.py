"""The fixtures of this directory see what they are there to see."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Look

FINE = """<!doctype html><html lang="fr"><title>Écot</title><main><h1>Écot</h1><p>Chacun sa part.</p></main></html>"""


def test_a_plain_page_is_accessible(page: Page, accessible: Look) -> None:
    page.set_content(FINE)
    accessible(page)


def test_an_image_without_words_is_seen(page: Page, accessible: Look) -> None:
    page.set_content(FINE.replace("</main>", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main>'))
    with pytest.raises(AssertionError, match="image-alt"):
        accessible(page)


def test_a_page_that_scrolls_sideways_is_seen(page: Page, accessible: Look) -> None:
    page.set_content(FINE.replace("<p>", '<p style="width:3000px">'))
    with pytest.raises(AssertionError, match="sideways"):
        accessible(page)
