"""The shell of the pages: a real server, a real browser, an invented view (fake_view.py)."""

import json
import re
import socket
from pathlib import Path

import pytest
from conftest import browser_needed
from pages_site import DASHBOARDS, HERE, ROOT, TOKEN, Site, answers, free_port, kernel_is_gone, request, soon, to_board

from indicators import access
from indicators.errors import ArgumentError
from indicators.present.page import PAGES

ANONYMOUS_PATHS = [
    "/",
    "/accueil",
    "/transport",
    "/accueil.ipynb",
    "/voila/render/accueil.ipynb",
    "/voila/files/accueil.ipynb",
    "/voila/tree",
    "/api/contents",
    "/api/kernels",
    "/voila/query/1-1-1-1-1",
    "/accueil?token=wrong-token-wrong",
]
CLOSED_PATHS = [
    "/accueil.ipynb",
    "/voila/render/accueil.ipynb",
    "/voila/files/accueil.ipynb",
    "/voila/tree",
    "/voila/api/contents",
    "/api/contents",
    "/api/kernels",
    "/api/terminals",
    "/voila/static/voila.js",
    "/fake_view.py",
    "/nowhere",
    "/assets/none.js",
]
STRANGE_MESSAGES = [
    None,
    3,
    {},
    {"kind": "execute"},
    {"kind": "choose"},
    {"kind": "file", "choice": {}, "format": "exe"},
]
STRANGE_CHOICES = [None, [], "93", {"territory": "99"}, {"other": "93"}, {"territory": ["93"]}, {"territory": None}]
REFUSED_KINDS = [
    "execute_request",
    "complete_request",
    "inspect_request",
    "history_request",
    "debug_request",
    "shutdown_request",
    "comm_info_request",
]


# ------------------------------------------------------------------ what needs no server


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.address)
def test_a_page_is_a_short_notebook_without_outputs_that_names_its_view(entry):
    notebook = json.loads((DASHBOARDS / f"{entry.address}.ipynb").read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(notebook["cells"]) <= 6
    assert len(code) == 1
    assert not code[0]["outputs"]
    assert code[0]["execution_count"] is None
    assert f'board("{entry.view}")' in "".join(code[0]["source"])


def test_the_style_and_the_script_name_no_other_host():
    for name in ("style.css", "board.js"):
        text = (ROOT / "src/indicators/present" / name).read_text("utf-8")
        assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}


def test_the_script_makes_html_from_the_kernel_page_only():
    text = (ROOT / "src/indicators/present/board.js").read_text("utf-8")
    assert text.count("innerHTML") == 1
    assert not re.search(r"insertAdjacentHTML|outerHTML|document\.write|eval\(", text)


@pytest.mark.fault(21)
@pytest.mark.parametrize("wanted", STRANGE_CHOICES)
def test_a_choice_that_is_not_offered_is_refused(wanted):
    from indicators.present.board import checked

    with pytest.raises(ArgumentError, match="refusé"):
        checked(wanted, {"territory": ["fr", "93"]})


def test_the_board_takes_its_first_choice_from_the_address(monkeypatch):
    board = fake_board(monkeypatch, "territory=93&pace=never&utm=x")
    assert board.page["choice"] == {"territory": "93", "pace": "fast", "lang": "fr"}
    assert repr(board) == "Board('fake')"


def test_a_client_never_sets_a_trait(monkeypatch):
    board = fake_board(monkeypatch)
    before = board.page
    board.set_state({"page": {"html": "<b>mine</b>"}, "_esm": "alert(1)"})
    assert board.page is before
    assert "alert(1)" not in str(board._esm)


def test_a_gap_in_a_figure_is_sent_as_null(monkeypatch):
    figures = fake_board(monkeypatch).page["figures"]
    assert figures["trend"]["data"][0]["y"][5] is None
    json.dumps(figures, allow_nan=False)


@pytest.mark.fault(21)
@pytest.mark.parametrize("content", STRANGE_MESSAGES)
def test_a_strange_message_gets_a_refusal_and_no_page(monkeypatch, content):
    board, sent = fake_board(monkeypatch), []
    before = board.page
    monkeypatch.setattr(board, "send", sent.append)
    board._answer(board, content, [])
    assert [answer["kind"] for answer in sent] == ["refused"]
    assert board.page is before


def test_a_failing_view_tells_the_reader_nothing_of_its_inside(monkeypatch):
    board, sent = fake_board(monkeypatch), []
    monkeypatch.setattr(board, "send", sent.append)
    board._answer(board, {"kind": "choose", "number": 4, "choice": {"pace": "broken"}}, [])
    assert sent[0]["number"] == 4
    assert "secret" not in str(sent)


def test_a_short_token_is_refused(monkeypatch):
    monkeypatch.setenv("ONDAM_TOKEN", "court")
    with pytest.raises(access.ServeError, match="trop court"):
        access.serve(port=free_port())


def test_a_busy_port_is_said_in_one_sentence_before_anything_starts(monkeypatch):
    monkeypatch.setattr(access, "server", lambda *_: pytest.fail("the server was built"))
    with socket.create_server((access.HOST, 0)) as taken, pytest.raises(access.ServeError, match="déjà occupé"):
        access.serve(port=taken.getsockname()[1])


def fake_board(monkeypatch, query=""):
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("QUERY_STRING", query)
    import fake_view

    return fake_view.board()


# ------------------------------------------------------------------ a server


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    found = Site(tmp_path_factory.mktemp("pages"))
    yield found
    found.stop()


def test_the_printed_address_carries_the_token(site):
    assert site.url(f"?token={TOKEN}") in site.said


@pytest.mark.parametrize("path", ANONYMOUS_PATHS)
def test_an_anonymous_visitor_only_gets_the_way_in(site, path):
    answer = site.ask(path)
    assert answer.status in (302, 403, 404)
    assert answer.status != 302 or answer.headers["Location"].startswith("/login")
    assert "Transports de patients" not in answer.text


@pytest.mark.fault(21)
@pytest.mark.parametrize("path", CLOSED_PATHS)
def test_a_reader_finds_no_other_door_than_the_pages(site, path):
    assert site.ask(path, Cookie=site.cookie()).status == 404


def test_an_anonymous_websocket_is_refused(site):
    state = site.open_page("/suivi_article_4")
    foreign = {"Cookie": site.cookie(), "Origin": "http://evil.example"}
    for headers in ({}, {"Cookie": "ondam=x"}, foreign):
        assert site.handshake(state["kernel"], **headers) == 403


def test_a_foreign_host_name_is_refused(site):
    assert site.ask("/accueil", Cookie=site.cookie(), Host="evil.example").status == 403


def test_every_answer_carries_the_strict_headers(site):
    style = re.search(r'href="(/assets/style[^"]+)"', site.ask("/login").text)[1]
    for path in ("/login", "/nowhere", "/", style):
        headers = site.ask(path, Cookie=site.cookie()).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        rest = [headers[name] for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")]
        assert rest == ["DENY", "nosniff", "same-origin"]
    assert "immutable" in site.ask(style).headers["Cache-Control"]


def test_the_token_leaves_the_address_and_becomes_a_cookie(site):
    answer = site.ask(f"/transport?token={TOKEN}&territory=93")
    assert (answer.status, answer.headers["Location"]) == (302, "/transport?territory=93")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "samesite=lax" in answer.headers["Set-Cookie"].lower()


def test_a_reader_cannot_run_code_and_only_the_board_answers(site, tmp_path):
    proof = tmp_path / "proof"
    attack = f"open({str(proof)!r}, 'w')"
    code = {"code": attack, "silent": False, "store_history": False, "user_expressions": {"x": attack}}
    state = site.open_page("/transport")
    with site.socket(state["kernel"]) as line:
        for kind in REFUSED_KINDS:
            for channel in ("shell", "control", "stdin"):
                line.send(request(kind, code, channel))
        line.send(request("comm_open", {"comm_id": "1", "target_name": "jupyter.widget", "data": {"state": {}}}))
        line.send("not json")
        line.send(b"\x00\x01")
        line.send(to_board(state, {"_esm": "alert(1)", "page": {}}, "update"))
        line.send(to_board(state, {"kind": "library", "number": 1}))
        line.send(to_board(state, {"kind": "choose", "number": 2, "choice": {"territory": "11"}}))
        refused, page = answers(line, 2)
    assert refused["kind"] == "refused"
    assert page["choice"]["territory"] == "11"
    assert not proof.exists()


def test_a_kernel_has_one_reader_and_ends_with_it(site):
    state = site.open_page("/arrets_de_travail")
    with site.socket(state["kernel"]) as line:
        line.send(to_board(state, {"kind": "choose", "number": 1, "choice": {"pace": "broken"}}))
        assert "secret" not in json.dumps(answers(line))
        assert site.handshake(state["kernel"], Cookie=site.cookie()) == 403
    assert soon(lambda: kernel_is_gone(site, state["kernel"]))


# ------------------------------------------------------------------ a browser


@pytest.fixture
def tab(site, chromium):
    """A tab that remembers every request and every complaint."""
    context = chromium.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    context.request.get(site.url(f"login?token={TOKEN}"))
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


def drawn(tab, number: int = 0) -> None:
    tab.wait_for_selector(f"main[data-drawn='{number}']", timeout=20_000)


@browser_needed
def test_everything_but_the_charts_is_readable_without_script(site, chromium):
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site.url(f"produits_de_sante?token={TOKEN}"))
    assert tab.inner_text("h1").startswith("Transports de patients")
    assert tab.locator("table.data tbody tr").count() == 15
    assert tab.get_attribute("html", "lang") == "fr"
    assert tab.locator("main").count() == 1
    assert tab.inner_text("nav [aria-current=page]") == "Produits de santé"
    context.close()


@browser_needed
def test_the_charts_are_drawn_with_no_request_to_another_host(site, tab):
    tab.goto(site.url("accueil"))
    drawn(tab)
    assert tab.locator(".chart .main-svg").count() >= 2
    assert tab.locator(".modebar-btn").count() == 0
    assert all(url.startswith((site.url(), "data:", "blob:")) for url in tab.asked)
    assert len(tab.asked) <= 6
    assert tab.complaints == []


@browser_needed
def test_a_choice_redraws_keeps_the_focus_and_enters_the_address(site, tab):
    tab.goto(site.url("transport"))
    drawn(tab)
    tab.locator("#limits summary").click()
    tab.focus("#territory")
    tab.keyboard.press("ArrowDown")
    drawn(tab, 1)
    assert tab.inner_text("h1").endswith("Corse")
    assert "territory=93" in tab.url
    assert tab.title().startswith("Transports : Provence")
    assert tab.evaluate("document.activeElement.id") == "territory"
    assert tab.locator("#limits[open]").count() == 1
    tab.go_back()
    drawn(tab, 2)
    assert tab.input_value("#territory") == "fr"
    assert "territory" not in tab.url


@browser_needed
def test_the_address_of_a_choice_opens_that_choice(site, tab):
    tab.goto(site.url("suivi_article_4?territory=11&utm=x"))
    tab.wait_for_selector("h1 >> text=Île-de-France")
    assert tab.input_value("#territory") == "11"


@browser_needed
def test_the_frame_follows_the_language_and_the_links_keep_it(site, tab):
    tab.goto(site.url("accueil?lang=en&territory=93"))
    drawn(tab, 1)
    assert tab.get_attribute("html", "lang") == "en"
    assert tab.inner_text("nav li:nth-child(2)") == "Transport"
    tab.click("nav li:nth-child(2) a")
    tab.wait_for_selector("nav [aria-current] >> text=Transport >> visible=true")
    drawn(tab, 1)
    assert tab.inner_text("nav [aria-current]") == "Transport"
    assert "lang=en" in tab.url
    assert "territory=93" in tab.url


@browser_needed
def test_a_slow_answer_is_announced_and_only_the_last_choice_counts(site, tab):
    tab.goto(site.url("produits_de_sante"))
    drawn(tab)
    tab.select_option("#pace", "slow")
    tab.wait_for_selector(".is-busy >> text=Calcul en cours…")
    tab.select_option("#territory", "93")
    tab.select_option("#pace", "fast")
    drawn(tab, 2)
    assert (tab.input_value("#territory"), tab.input_value("#pace")) == ("93", "fast")
    assert tab.locator(".is-busy").count() == 0


@browser_needed
def test_a_refusal_is_said_and_the_page_stays(site, tab):
    tab.goto(site.url("arrets_de_travail?territory=99"))
    tab.wait_for_selector(".board-alert >> text=Choix refusé")
    drawn(tab)
    tab.select_option("#pace", "broken")
    tab.wait_for_selector(".board-alert >> text=Le calcul a échoué")
    assert tab.input_value("#pace") == "fast"
    assert tab.inner_text("h1").endswith("France entière")


@browser_needed
def test_a_file_is_saved_and_a_definition_opens(site, tab):
    tab.goto(site.url("accueil"))
    drawn(tab)
    with tab.expect_download() as waiting:
        tab.click("[data-download=csv]")
    assert waiting.value.suggested_filename == "transports-fr.csv"
    assert Path(waiting.value.path()).read_text("utf-8") == "territoire;fr\n"
    tab.click("[data-dialog]")
    assert tab.locator("dialog[open]").count() == 1
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.dataset.dialog") == "sheet-vsl"


@pytest.mark.fault(18)
@browser_needed
def test_a_dead_kernel_freezes_the_figures_and_says_so(site, tab):
    tab.goto(site.url("transport"))
    drawn(tab)
    tab.select_option("#pace", "deadly")
    tab.wait_for_selector("main.is-stale", timeout=8000)
    words = " ".join(tab.inner_text(".board-alert").split())
    assert words == "Chiffres figés : la connexion est perdue. Recharger la page"
    assert tab.is_disabled("#territory")
    tab.click(".board-alert button")
    drawn(tab)
    assert tab.locator(".is-stale").count() == 0


@browser_needed
def test_closing_the_tab_ends_its_kernel(site, tab):
    tab.goto(site.url("suivi_article_4"))
    drawn(tab)
    kernel = json.loads(tab.text_content("#board-state"))["kernel"]
    with tab.expect_request("**/voila/api/shutdown/*") as beacon:
        tab.evaluate("dispatchEvent(new Event('pagehide'))")  # the browser's own one is too late to be seen from here
    assert "_xsrf=" in beacon.value.url
    assert beacon.value.response().status == 204
    assert soon(lambda: kernel_is_gone(site, kernel))
    assert tab.locator(".is-stale").count() == 0


@browser_needed
@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_page_never_scrolls_sideways(site, tab, width):
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(site.url("accueil"))
    drawn(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@browser_needed
def test_the_skip_link_is_the_first_stop_of_the_keyboard(site, tab):
    tab.goto(site.url("produits_de_sante"))
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "contenu"
