"""The five real pages on the fictional country, in a real browser, wide and narrow."""

import io
import os
import subprocess
import sys

import openpyxl
import pytest
from conftest import browser_needed
from pages_site import TOKEN, free_port

from indicators import access, catalogue
from indicators.present.page import PAGES

pytestmark = browser_needed
CHARTS = {"accueil": 0, "suivi_article_4": 0}  # the themes draw three


@pytest.fixture(scope="module")
def address(country):
    """A running server of the real pages, as `ondam serve` starts it."""
    port = free_port()
    command = [sys.executable, "-m", "indicators.cli", "serve", "--port", str(port), "--data", str(country)]
    environment = dict(os.environ, ONDAM_TOKEN=TOKEN)
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with server:
        assert f"http://{access.HOST}:{port}/?token=" in server.stdout.readline()
        yield f"http://{access.HOST}:{port}"
        server.terminate()


class Tab:
    """An open page, with what it asked for and complained of."""

    def __init__(self, chromium, address: str, width: int) -> None:
        self.address, self.complaints, self.asked = address, [], []
        context = chromium.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        self.page = context.new_page()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: str):
        self.page.goto(f"{self.address}/{path}{'&' if '?' in path else '?'}token={TOKEN}")
        self.page.wait_for_selector("[data-drawn]", state="attached", timeout=60_000)
        return self.page


@pytest.fixture(params=[1440, 390])
def tab(request, chromium, address):
    opened = Tab(chromium, address, request.param)
    yield opened
    opened.page.context.close()


@pytest.fixture
def wide(chromium, address):
    opened = Tab(chromium, address, 1440)
    yield opened
    opened.page.context.close()


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.address)
def test_a_page_is_drawn_whole_asks_no_other_host_and_says_that_it_is_fictional(tab, entry):
    page = tab.open(entry.address)
    assert page.locator(".chart.js-plotly-plot").count() == CHARTS.get(entry.address, 3)
    assert "Données fictives" in page.locator("main").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert [url for url in tab.asked if not url.startswith((tab.address, "data:", "blob:"))] == []
    assert tab.complaints == []


def test_the_landing_page_says_what_slips_with_a_next_step_an_owner_and_a_date(wide):
    cards = wide.open("accueil").locator("ol.cards > .card")
    assert 1 <= cards.count() <= 5
    for card in cards.all():
        words = card.inner_text()
        assert any(status in words for status in ("Hors trajectoire", "À surveiller"))
        for label in ("Pourquoi", "Suite", "Qui et quand", "attendu"):
            assert label in words
        assert card.locator(".status svg, .sparkline").count() >= 1


def test_every_indicator_of_a_theme_can_be_chosen_and_opens_its_sheet(wide):
    page = wide.open("transport")
    offered = page.locator("select[data-choice=indicator] option").evaluate_all("all => all.map(one => one.value)")
    assert sorted(offered) == sorted(entry.id for entry in catalogue.load().theme("transport"))
    page.select_option("select[data-choice=indicator]", "transport_vsl_share")
    page.wait_for_url("**indicator=transport_vsl_share**")
    page.wait_for_function("() => document.querySelector('main').innerText.includes('VSL dans le transport assis')")
    page.click("[data-dialog=sheet-transport_vsl_share]")
    sheet = page.locator("dialog[open]").inner_text()
    for words in ("4213", "Wilson", "Exemple chiffré", "60 ÷ 250 × 100"):
        assert words in sheet
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert wide.complaints == []


def test_hidden_figures_show_as_s_and_true_zeros_as_zero(wide):
    page = wide.open("transport?indicator=transport_shared_ride_share&period=2025-Q1")
    page.wait_for_function("() => document.querySelector('main').innerText.includes('transport partagé')")
    rows = page.locator("table.data tbody tr").all_inner_texts()
    assert any("s." in row.split() for row in rows)
    assert any("0,00 pour 1 000" in row.replace("\u202f", " ").replace("\u00a0", " ") for row in rows)


def test_a_download_carries_its_filters_and_says_that_it_is_fictional(wide):
    page = wide.open("produits_de_sante?indicator=generics_share")
    with page.expect_download() as waiting:
        page.click("[data-download=csv]")
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert "fictives" in text
    assert ";" in text.splitlines()[-1]
    with page.expect_download() as waiting:
        page.click("[data-download=xlsx]")
    book = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    values = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("fictives" in str(value).lower() for value in values)
    assert any(isinstance(value, float) for value in values)
    assert not any(str(value).startswith("=") for value in values if value is not None)
