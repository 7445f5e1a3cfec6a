"""The pages: what they say, where they link, and that nothing a table holds is trusted as HTML."""

import re
from datetime import date
from html.parser import HTMLParser
from itertools import product

import invented
import pytest

from indicators import catalogue, lake
from indicators.errors import ArgumentError, LakeError
from indicators.present import views, why
from indicators.present.views import actions, home, pieces, theme
from indicators.present.views.desk import Desk
from indicators.present.wording import say

TODAY = date(2026, 11, 22)
VOID = {"br", "input", "circle", "path", "polyline", "img", "hr", "meta"}


class Balanced(HTMLParser):
    """Reads a page, and fails on a tag that is not closed where it should be."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.tags = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(html):
    reader = Balanced()
    reader.feed(html)
    assert not reader.open
    assert len(reader.ids) == len(set(reader.ids))
    return reader


@pytest.fixture
def folder(tmp_path, monkeypatch):
    found = invented.definitions(tmp_path / "definitions")
    monkeypatch.setattr(catalogue, "load", lambda: found)
    published = invented.published()
    monkeypatch.setattr(lake, "published", lambda folder: published)
    monkeypatch.setattr(lake, "project", lambda: tmp_path / "nowhere")
    invented.write_plan(tmp_path / "plan")
    return tmp_path


@pytest.fixture
def desk(folder):
    return Desk(folder)


def first(view, **wanted):
    return {name: values[0] for name, values in view.choices().items()} | wanted


def text(html):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


@pytest.mark.fault(24)
def test_every_page_of_every_choice_is_well_formed_and_trusts_no_label(desk):
    for view in (home.Home(desk, TODAY), theme.Theme(desk, "transport"), actions.Actions(desk, TODAY)):
        offered = {name: values[:3] for name, values in view.choices().items()}
        offered["indicator"] = view.choices().get("indicator", [])
        names = [name for name in offered if offered[name]]
        for values in product(*(offered[name] for name in names)):
            page = view.page(first(view) | dict(zip(names, values, strict=True)))
            reader = read(page.html)
            assert "script" not in [tag for tag, _ in reader.tags]
            assert "<script" not in page.html
            assert "777" not in page.html
            assert set(page.figures) == {a["id"] for _, a in reader.tags if a.get("class") == "chart"}
            assert "{" not in text(page.html)


def test_every_chart_has_words_of_its_own_and_a_table(desk):
    view = theme.Theme(desk, "transport")
    reader = read(view.page(first(view)).html)
    for _, attributes in [tag for tag in reader.tags if tag[1].get("class") == "chart"]:
        assert attributes["role"] == "img"
        assert attributes["aria-label"]
        assert attributes["aria-describedby"] in reader.ids
    assert [tag for tag, _ in reader.tags].count("caption") >= 3


def test_every_choice_is_labelled_and_offered(desk):
    for view in (theme.Theme(desk, "transport"), actions.Actions(desk, TODAY), home.Home(desk, TODAY)):
        reader = read(view.page(first(view)).html)
        selects = [a for tag, a in reader.tags if tag == "select"]
        labels = {a["for"] for tag, a in reader.tags if tag == "label"}
        assert {a["id"] for a in selects} == labels
        assert {a["data-choice"] for a in selects} <= set(view.choices())
        options = {a["value"] for tag, a in reader.tags if tag == "option"}
        assert options <= {value for values in view.choices().values() for value in values}


def test_the_theme_page_says_value_change_france_and_status(desk):
    view = theme.Theme(desk, "transport")
    page = view.page(first(view))
    # area 93, 2025-Q1: 39 against 35 a year before; France: 41; expected 26 at half of the way from 30 to 22
    lede = re.search(r'class="lede">(.*?)</p>', page.html)[1]
    assert "39,00\u00a0€/hab." in lede
    assert "+11,4\u00a0%" in lede
    assert "41,00\u00a0€/hab." in lede
    assert "Hors trajectoire\u00a0: 39,00\u00a0€/hab. (12 mois à fin mars 2025), attendu 26,00\u00a0€/hab." in lede
    assert page.html.count('data-download="') == 3
    assert 'data-dialog="sheet-spending"' in page.html
    assert 'id="sheet-spending"' in page.html


def test_a_hidden_period_says_so_in_words(desk):
    view = theme.Theme(desk, "transport")
    html = view.page(first(view, period="2024-Q2")).html
    assert "masqué par le secret statistique" in re.search(r'class="lede">(.*?)</p>', html)[1]
    assert '<span class="hidden-cell"' in html


def test_territories_are_listed_by_name_and_open_themselves(desk):
    view = theme.Theme(desk, "transport")
    html = view.page(first(view)).html
    table = html.split("par territoire, 12 mois")[-1].split("</table>")[0]
    names = re.findall(r'">([^<]+)</a></th>', table)
    assert len(names) == 13
    assert names[0] == "Auvergne-Rhône-Alpes"
    assert names.index("Île-de-France") == 6
    assert 'href="transport?indicator=spending&amp;territory=cnam-11' in html


def test_a_period_that_the_indicator_does_not_have_gives_its_last_final_one(desk):
    view = theme.Theme(desk, "transport")
    assert "2025-03" in view.choices()["period"]
    assert "12 mois à fin mars 2025" in view.page(first(view, period="2025-03")).html


def test_the_home_page_opens_on_what_slips_and_ends_each_line_with_who_and_when(desk):
    page = home.Home(desk, TODAY).page({"lang": "fr"})
    words = text(page.html)
    assert "1 objectif suivi : 1 décroche." in words
    card = re.search(r'<li class="card">(.*?)</li>', page.html)[1]
    assert "Hors trajectoire" in card
    assert "attendu\u00a0: 26,00\u00a0€/hab." in card
    assert 'href="transport?indicator=spending&amp;territory=cnam-93' in card
    assert card.endswith("Direction de l’offre, 15 décembre 2026</p>")
    assert page.html.count('<li class="card">') <= home.MOST_SLIPPING


def test_the_reason_is_arithmetic(desk):
    entry = desk.catalogue.indicator("spending")
    said = why.why(desk.published, desk.catalogue, entry, "cnam", "93", "2025-Q1")
    # amounts 3500 -> 3900 (+11,4 %), as many trips more: the average amount did not move; taxis moved as much
    assert said == (
        "Trajets\u00a0: +11,4\u00a0%\u00a0; montant moyen de chacun\u00a0: 0,0\u00a0% (sur un an). "
        "Part la plus forte de la variation — Montant taxi\u00a0: +400\u00a0€ sur +400\u00a0€."
    )
    share = desk.catalogue.indicator("evil")
    assert "Trajets en VSL\u00a0: +11,4\u00a0%" in why.why(
        desk.published, desk.catalogue, share, "cnam", "93", "2025-Q1"
    )
    unknown = why.why(desk.published, desk.catalogue, share, "cnam", "5", "2025-Q1")
    assert unknown == say("why.unknown")


def test_a_gap_in_euros_is_the_gap_per_head_times_the_heads(desk):
    from indicators.present import series

    entry = desk.catalogue.indicator("spending")
    point = series.at(series.history(desk.published, "spending", "cnam", "93"), "2025-Q1")
    assert why.stake(entry, point, 26.0) == 13.0 * 10_000
    assert why.stake(desk.catalogue.indicator("evil"), point, 26.0) is None
    assert "+130\u00a0k€" in home.Home(desk, TODAY).page({"lang": "fr"}).html


def test_the_follow_up_filters_by_pilot_and_theme(desk):
    view = actions.Actions(desk, TODAY)
    assert "Première action" in view.page(first(view)).html
    assert "Aucune action pour ces choix" in view.page(first(view, pilot="ars")).html
    assert "Aucune action pour ces choix" in view.page(first(view, theme="sick_leave")).html


def test_actions_of_one_side_are_made_known_to_the_other(folder):
    alone = invented.ACTION.replace("pilot: conjoint", "pilot: ars").replace(", assurance_maladie: risk", "")
    invented.write_plan(folder / "plan", transport=alone)
    view = actions.Actions(Desk(folder), TODAY)
    after = view.page(first(view)).html.split("Information réciproque")[1]
    assert "ARS — Première action (en cours)" in text(after)


def test_a_fictional_plan_never_meets_real_data(folder, monkeypatch):
    from dataclasses import replace

    real = replace(invented.published(), fictional=False)
    monkeypatch.setattr(lake, "published", lambda folder: real)
    view = home.Home(Desk(folder), TODAY)
    page = view.page({"lang": "fr"})
    assert "Aucun plan" in page.html
    assert "fictive" not in page.html


def test_fictional_data_are_said_on_every_page(desk):
    for view in (home.Home(desk, TODAY), theme.Theme(desk, "transport"), actions.Actions(desk, TODAY)):
        assert '<p class="fictive">' in view.page(first(view)).html


def test_pages_speak_english(desk):
    for view in (home.Home(desk, TODAY), theme.Theme(desk, "transport"), actions.Actions(desk, TODAY)):
        html = view.page(first(view, lang="en")).html
        assert html.startswith('<div lang="en">')
        assert "Fictional data" in html
        assert "Hors trajectoire" not in html
        assert "hab." not in html


def test_files_carry_their_filters(desk):
    view = theme.Theme(desk, "transport")
    assert view.file(first(view), "csv").name == "spending_tous-territoires_v1_donnees-fictives.csv"
    view = actions.Actions(desk, TODAY)
    file = view.file(first(view), "csv")
    assert file.name == "suivi-article-4_tous_tous-les-themes_v1_donnees-fictives.csv"
    assert ";39;26;" in file.content.decode("utf-8-sig")
    assert view.file(first(view), "xlsx").content[:2] == b"PK"
    assert home.Home(desk, TODAY).file({"lang": "fr"}, "csv").content.count(b"\n") == 1 + len(invented.QUARTERS)


def test_a_folder_without_a_publication_says_what_to_do(folder, monkeypatch):
    def nothing(folder):
        raise LakeError("Lancer « ondam build ».")

    monkeypatch.setattr(lake, "published", nothing)
    for name in views.NAMES:
        view = views.view(name, folder)
        page = view.page(first(view))
        assert "ondam build" in page.html
        read(page.html)


def test_a_new_publication_is_seen_at_the_next_page(folder, monkeypatch):
    desk, seen = Desk(folder), []
    monkeypatch.setattr(lake, "published", lambda folder: seen.append(1) or invented.published())
    assert desk.published is desk.published
    assert len(seen) == 1

    class Other:
        def __init__(self, folder):
            self.manifest = {"publication": {"vintage": "v2"}}

    monkeypatch.setattr(lake, "Lake", Other)
    assert desk.published is not None
    assert len(seen) == 2


def test_a_broken_plan_is_told_on_the_page(folder):
    invented.write_plan(folder / "plan", transport=invented.ACTION.replace("pilot: conjoint", "pilot: x"))
    view = views.view("accueil", folder)
    assert "n’est pas valide" in view.page(first(view)).html


def test_an_unknown_page_is_answered_with_the_nearest():
    with pytest.raises(ArgumentError, match="transport"):
        views.view("transports")


def test_a_status_is_a_word_and_a_shape():
    marks = {word: pieces.status(word, "fr", day="x") for word in pieces.MARKS}
    assert len({re.search(r"</?svg.*?>(.*)</svg>", mark)[1] for mark in marks.values()}) == 6
    assert all(re.sub("<[^>]+>", "", mark) for mark in marks.values())


def test_a_variation_is_a_word_and_a_shape_of_its_own():
    from indicators.present.variation import Judged, Variation

    judged = (Judged("2025-Q1", 1.0, None, "outside_limits", 1),)
    words = ("favourable", "unfavourable", "signal", "noise", "few", "overlap")
    marks = [pieces.varied(Variation(word, None, judged), "fr") for word in words]
    assert len({re.search(r"<svg.*?>(.*)</svg>", mark)[1] for mark in marks}) == 6
    assert len({text(mark) for mark in marks}) == 6
    low = Variation("signal", None, (judged[0]._replace(side=-1),))
    assert pieces.varied(low, "fr") != marks[2]


def lede(html):
    return text(re.search(r'class="lede">(.*?)</p>', html)[1])


def test_a_provisional_figure_is_never_compared_with_the_year_before(desk):
    view = theme.Theme(desk, "transport")
    for language, words in (
        ("fr", "provisoire\u00a0: évolution non calculée"),
        ("en", "provisional: change not computed"),
    ):
        page = view.page(first(view, period="2025-Q2", lang=language))
        assert words in page.html
        assert "%" not in lede(page.html).split("France")[0]
        table = page.html.split("<caption>")[2].split("</table>")[0]
        label = say("column.change", language)
        assert set(re.findall(rf'data-label="{label}">([^<]*)<', table)) == {"—"}


def test_a_provisional_figure_says_what_it_should_become(desk):
    view = theme.Theme(desk, "transport")
    # area 93: 40 in 2025-Q2, which should become 42
    for language, words in (
        ("fr", "Environ 42,00 €/hab. une fois tous les remboursements arrivés (estimation)."),
        ("en", "About €42.00 per inhabitant once all claims are in (estimate)."),
    ):
        html = view.page(first(view, period="2025-Q2", lang=language)).html
        assert words in lede(html)
        cells = re.findall(rf'data-label="{say("column.corrected", language)}">([^<]*)<', html)
        assert cells[0] == {"fr": "42,00\u00a0€/hab.", "en": "€42.00 per inhabitant"}[language]
        assert set(cells[1:]) == {"—"}
    assert "Environ" not in lede(view.page(first(view)).html)
    assert say("column.corrected") not in text(view.page(first(view, indicator="total")).html)


def test_each_indicator_of_a_theme_says_signal_or_noise_beside_its_gap_to_target(desk):
    view = theme.Theme(desk, "transport")
    html = view.page(first(view)).html
    cells = [text(cell).strip() for cell in re.findall(r'data-label="Variation">(.*?)</td>', html)]
    assert sorted(set(cells)) == [
        "Non évalué (fenêtres qui se recouvrent)", "Trop peu de points (0 sur les 10 qu’il faut)",
        "Trop peu de points (8 sur les 10 qu’il faut)",
    ]  # fmt: skip
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', html.split("tous les indicateurs")[-1])
    assert heads.index("Variation") == heads.index("Écart à la cible") + 1
    assert lede(html).endswith("Variation : non évalué (fenêtres qui se recouvrent).")
    assert "Il faut 10 valeurs définitives" in html


def test_the_home_page_and_the_follow_up_say_signal_or_noise(desk):
    card = re.search(r'<li class="card">(.*?)</li>', home.Home(desk, TODAY).page({"lang": "fr"}).html)[1]
    assert "Non évalué (fenêtres qui se recouvrent)" in text(card)
    view = actions.Actions(desk, TODAY)
    html = view.page(first(view)).html
    assert re.search(r'data-label="Variation"><span class="variation variation-overlap"><svg', html)
    assert "Il faut 10 valeurs définitives" in html


def test_under_a_judged_curve_its_limits_and_signals_are_in_words(folder, monkeypatch):
    from test_charts import long_share

    monkeypatch.setattr(lake, "published", lambda folder: long_share())
    view = theme.Theme(Desk(folder), "transport")
    html = view.page(first(view, indicator="evil")).html
    assert "Variation (T3 2025) : signal favorable (au-delà de la limite haute)." in lede(html).replace("\u00a0", " ")
    figure = html.split("</figure>")[0].split('class="source-line">')
    assert any(part.startswith("Moyenne 22,4\u00a0%, limites de variation entre 17,1 et 27,7") for part in figure)
    assert "777" not in html
    other = theme.Theme(Desk(folder), "transport")
    monkeypatch.setattr(lake, "published", lambda folder: long_share(3.0))
    assert other.page(first(other, indicator="evil")).html == html


def test_the_trend_speaks_of_the_chosen_period_and_marks_it(desk):
    view = theme.Theme(desk, "transport")
    meta = view.page(first(view, period="2024-Q1")).figures["chart-trend"]
    words = meta["layout"]["meta"]
    # area 93: 35 in 2024-Q1, 31 a year before
    assert words["title"] == "Dépense\u00a0: 35,00\u00a0€/hab., +12,9\u00a0% sur un an"
    assert "12 mois à fin mars 2024" in words["subtitle"]
    ring = next(trace for trace in meta["data"] if trace.get("name") == "2024-Q1")
    assert (ring["x"], ring["y"]) == ([2024 * 12 + 2], [35.0])


@pytest.fixture
def lonely(folder, monkeypatch):
    """A published table with one month of one indicator, which is not the first of its theme."""
    one = invented.table(
        *(
            invented.row("total", "2025-03", "cnam", code, 1_000_000.0, lower=None, upper=None)
            for code in invented.AREAS
        )
    )
    monkeypatch.setattr(lake, "published", lambda folder: one)
    return theme.Theme(Desk(folder), "transport")


def test_a_theme_opens_on_an_indicator_that_has_figures(lonely):
    assert lonely.choices()["indicator"] == ["total", "spending", "taxi", "trips", "evil"]
    page = lonely.page(first(lonely))
    assert "Montant du mois" in lede(page.html)
    assert set(page.figures) == {"chart-trend", "chart-map", "chart-compare"}


def test_an_indicator_without_figures_says_why_and_leaves_every_choice(lonely):
    page = lonely.page(first(lonely, indicator="spending"))
    reader = read(page.html)
    choices = {a["data-choice"] for tag, a in reader.tags if tag == "select"}
    assert choices == {"indicator", "territory", "period", "lang"}
    assert "Aucun chiffre publié pour «\u00a0Dépense\u00a0»" in page.html
    assert "Un chiffre demande 12 mois de fichiers au moins" in page.html
    assert 'href="transport?indicator=total' in page.html
    assert 'id="sheet-spending"' in page.html


def test_a_deep_link_to_a_published_indicator_is_followed(lonely):
    from indicators.present.board import first_choice

    choice = first_choice(lonely.choices(), "indicator=total&territory=cnam-11")
    assert "Île-de-France — Montant du mois" in lede(lonely.page(choice).html)


def test_the_ends_of_open_actions_are_among_the_next_dates(desk):
    html = home.Home(desk, TODAY).page({"lang": "fr"}).html
    soon = text(html.split("Échéances à 45 jours")[1].split("</ul>")[0])
    step, end = soon.index("15 décembre 2026 : Réunir"), soon.index("31 décembre 2026 : fin de l’action")
    assert step < end
    assert "Première action" in soon


def test_a_finished_action_has_no_date_to_come(folder):
    invented.write_plan(folder / "plan", transport=invented.ACTION.replace("state: running", "state: done"))
    assert "fin de l’action" not in home.Home(Desk(folder), TODAY).page({"lang": "fr"}).html


def many(folder, count):
    """A plan of as many actions, all ahead of their trajectory."""
    easy = invented.ACTION.replace("value: 30", "value: 90").replace("value: 22", "value: 20")
    actions = [easy.replace("first:", f"action_{number}:") for number in range(count)]
    invented.write_plan(folder / "plan", transport="".join(actions))
    return home.Home(Desk(folder), TODAY)


def test_what_is_held_gives_its_change_over_a_year_and_counts_the_rest(folder):
    html = many(folder, home.MOST_GAINING + 4).page({"lang": "fr"}).html
    held = text(html.split("Ce qui est tenu ou en bonne voie")[1].split("</section>")[0])
    assert held.count("sur un an : +11,4 %") == home.MOST_GAINING
    assert "Et 4 autres" in held


def test_without_a_plan_nothing_is_said_of_objectives(folder, monkeypatch):
    from indicators.present.views import desk as desks

    monkeypatch.setattr(desks.Desk, "plan", None)
    html = home.Home(Desk(folder), TODAY).page({"lang": "fr"}).html
    for key in ("home.slipping", "home.nothing_slips", "home.gaining", "home.nothing_gains", "home.decided"):
        assert say(key) not in html
    assert say("home.themes") in html


def test_objectives_without_a_final_figure_are_not_said_to_hold(folder, monkeypatch):
    monkeypatch.setattr(
        lake, "published", lambda folder: invented.table(invented.row("total", "2025-03", "cnam", "93", 1))
    )
    html = home.Home(Desk(folder), TODAY).page({"lang": "fr"}).html
    assert "1 non évaluable" in html
    assert say("home.nothing_slips") not in html
    assert say("home.nothing_gains") not in html
    assert say("home.decided") in html


def test_the_language_is_chosen_at_the_head_of_every_page(desk):
    for view in (home.Home(desk, TODAY), theme.Theme(desk, "transport"), actions.Actions(desk, TODAY)):
        html = view.page(first(view)).html
        assert html.index('data-choice="lang"') < html.index('class="lede"')
        assert html.count('data-choice="lang"') == 1


def test_a_card_writes_its_value_as_the_rest_of_the_page(desk):
    entry = desk.catalogue.indicator("evil")
    assert text(pieces.value_unit(entry, 23.7, "en")).replace(" ", "") == "23.7%"
    assert text(pieces.value_unit(desk.catalogue.indicator("spending"), 39.0, "en")).split()[0] == "€39.00"
    assert pieces.value_unit(entry, None, "fr") == '<p class="value">n.d.</p>'


def test_the_follow_up_gives_each_value_its_unit_and_its_limits_without_decimals(desk):
    view = actions.Actions(desk, TODAY)
    html = view.page(first(view)).html
    for label, value in (("Départ", "30,00"), ("Valeur", "39,00"), ("Attendu", "26,00"), ("Cible", "22,00")):
        assert re.search(rf'data-label="{label}">{value} €/hab\.', html)
    assert "10\u00a0%" in html
    assert "35\u00a0%" in html
    assert "10,0\u00a0%" not in html


def test_the_follow_up_takes_the_themes_in_the_order_of_the_menu(folder):
    themes = {
        name: invented.ACTION.replace("first:", f"{name}_action:")
        for name in ("health_products", "sick_leave", "transport")
    }
    invented.write_plan(folder / "plan", **themes)
    view = actions.Actions(Desk(folder), TODAY)
    heads = re.findall("<h2>(.*?)</h2>", view.page(first(view)).html)
    assert heads[:3] == [say(f"theme.{theme}") for theme in views.THEMES.values()]


def test_a_fictional_version_is_said_in_the_language_of_the_page(folder):
    invented.write_plan(folder / "plan", invented.PLAN.replace('version: "1"', 'version: "1 (fictive)"'))
    view = actions.Actions(Desk(folder), TODAY)
    assert "version 1 (fictive)" in lede(view.page(first(view)).html)
    assert "version 1 (fictional)" in lede(view.page(first(view, lang="en")).html)


def test_no_change_is_given_in_percent_of_what_is_shown_as_zero(desk):
    from indicators.present import sentences

    entry = desk.catalogue.indicator("spending")  # two decimals
    assert sentences.change(entry, 0.004, 0.03, "fr") == "—"
    assert sentences.gap(entry, 0.03, 0.004, "fr") == "—"
    assert sentences.change(entry, 0.02, 0.03, "fr") == "+50,0\u00a0%"


def test_a_growth_is_told_by_volume_and_price_of_twelve_months_over_twelve(desk, monkeypatch):
    from dataclasses import replace

    total = desk.catalogue.indicator("total")
    acts = replace(total, id="acts", numerator=("taxi_trips",), count=())
    growth = replace(total, id="growth", method="growth_12m", window=12, unit="%")
    catalogue = replace(desk.catalogue, indicators={**desk.catalogue.indicators, "acts": acts, "growth": growth})
    rows = []
    for number, period in enumerate(f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)):
        later = number >= 12
        rows.append(invented.row("total", period, "cnam", "93", 1.0, numerator=132.0 if later else 100.0))
        rows.append(invented.row("acts", period, "cnam", "93", 1.0, numerator=11.0 if later else 10.0))
    # trips 120 -> 132 (+10 %); amounts 1200 -> 1584 (+32 %), so 12 for 10 each (+20 %)
    said = why.why(invented.table(*rows), catalogue, growth, "cnam", "93", "2024-12")
    assert said == (
        "Trajets en taxi\u00a0: +10,0\u00a0%\u00a0; montant moyen de chacun\u00a0: +20,0\u00a0% (12 mois sur 12 mois)."
    )
    assert why.why(invented.table(*rows[2:]), catalogue, growth, "cnam", "93", "2024-12") == say("why.unknown")
