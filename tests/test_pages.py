"""The five real pages on the fictional country, in a real browser, wide and narrow."""

import io
import os
import re
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
        assert card.locator(".variation svg").count() == 1
        assert re.search("signal|bruit|trop peu de points|non évalué", card.locator(".variation").inner_text(), re.I)


def test_every_indicator_of_a_theme_can_be_chosen_and_opens_its_sheet(wide):
    page = wide.open("transport")
    offered = page.locator("select[data-choice=indicator] option").evaluate_all("all => all.map(one => one.value)")
    assert sorted(offered) == sorted(entry.id for entry in catalogue.load().theme("transport"))
    page.select_option("select[data-choice=indicator]", "transport_vsl_share")
    page.wait_for_url("**indicator=transport_vsl_share**")
    page.wait_for_function(
        "() => document.querySelector('main .lede').innerText.includes('VSL dans le transport assis')"
    )
    page.click("[data-dialog=sheet-transport_vsl_share]")
    sheet = page.locator("dialog[open]").inner_text()
    for words in ("4213", "Wilson", "Exemple chiffré", "60 ÷ 250 × 100"):
        assert words in sheet
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert wide.complaints == []


def test_a_figure_says_where_it_comes_from_and_is_summed_again_from_the_keyboard(tab):
    page = tab.open("transport?indicator=transport_vsl_share&period=2025-Q1")
    page.wait_for_function("() => document.querySelector('main .lede').innerText.includes('VSL dans le transport')")
    block = page.locator("details#origin")
    assert block.get_attribute("open") is None
    page.focus("#origin > summary")
    page.keyboard.press("Enter")
    words = block.inner_text()
    for said in ("A202501_fictif.csv.gz", "PRS_NAT", "4213", "Règle appliquée", "Version 2025"):
        assert said in words
    before = page.url
    page.focus("#origin-recompute")
    page.keyboard.press("Enter")
    page.wait_for_selector("#origin [role=status]", timeout=60_000)
    assert "Identique au dernier chiffre près" in block.inner_text()
    assert block.get_attribute("open") is not None
    assert page.evaluate("document.activeElement.id") == "origin-recompute"
    assert page.url == before
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.select_option("select[data-choice=period]", "2024-Q4")
    page.wait_for_url("**period=2024-Q4**")
    page.wait_for_function("() => !document.querySelector('#origin [role=status]')")  # asked once, for one figure
    assert tab.complaints == []


def test_hidden_figures_show_as_s_and_true_zeros_as_zero(wide):
    page = wide.open("transport?indicator=transport_shared_ride_share&period=2025-Q1")
    page.wait_for_function("() => document.querySelector('main .lede').innerText.includes('transport partagé')")
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


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_landing_page_prints_on_one_sheet_of_a4(wide, language):
    printed = wide.open(f"accueil?lang={language}").pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
    boxes = set(re.findall(rb"/MediaBox\s*\[([^\]]+)\]", printed))
    assert all([round(float(edge)) for edge in box.split()][2:] == [595, 842] for box in boxes)


def test_the_language_is_chosen_at_the_head_of_a_page_and_the_page_announces_itself_in_it(wide):
    page = wide.open("accueil")
    page.focus("main .page-head select[data-choice=lang]")
    page.select_option("main .page-head select[data-choice=lang]", "en")
    page.wait_for_selector("main[data-drawn='1']", state="attached")
    assert page.inner_text(".board-busy") == "Figures up to date."
    assert page.get_attribute(".board-busy", "lang") == "en"
    assert page.evaluate("document.activeElement.dataset.choice") == "lang"


def test_the_sheet_opens_on_its_way_out_which_stays_in_sight(wide):
    page = wide.open("transport")
    page.click("[data-dialog]")
    assert page.evaluate("document.activeElement.hasAttribute('data-close')")
    page.evaluate("document.querySelector('dialog[open]').scrollTop = 2000")
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert top >= page.evaluate("document.querySelector('dialog[open]').getBoundingClientRect().top")
    page.keyboard.press("Enter")
    assert page.locator("dialog[open]").count() == 0


def test_links_in_tables_are_wide_enough_for_a_finger(chromium, address):
    opened = Tab(chromium, address, 390)
    heights = opened.open("transport").evaluate(
        "[...document.querySelectorAll('table.data a')].map(link => link.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) >= 24
    opened.page.context.close()


def test_a_provisional_period_is_not_compared_with_a_complete_one(wide):
    page = wide.open("transport?period=2025-Q4")
    page.wait_for_function("() => document.querySelector('main').innerText.includes('évolution non calculée')")
    assert "provisoire" in page.inner_text(".lede")
    assert "%" not in page.inner_text("#chart-trend-title")
    assert "décembre 2025" in page.locator("figure").first.inner_text()
    assert "une fois tous les remboursements arrivés" in page.inner_text(".lede")


def test_a_judged_curve_names_its_limits_and_its_estimates_in_the_legend(tab):
    page = tab.open("transport?indicator=transport_vsl_share")
    page.wait_for_function("() => document.querySelector('main .lede').innerText.includes('VSL dans le transport')")
    page.wait_for_selector("#chart-trend .legendtext")
    names = " ".join(page.locator("#chart-trend .legendtext").all_text_contents())
    for name in ("Moyenne", "Limites de variation", "Complétée (estimation)"):
        assert name in names
    assert page.locator("#chart-trend .scrollbar").evaluate_all(
        "all => all.every(bar => !bar.getAttribute('height') || bar.getAttribute('height') === '0')"
    )
    assert "limites de variation entre" in page.locator("figure").first.inner_text()
    assert tab.complaints == []
