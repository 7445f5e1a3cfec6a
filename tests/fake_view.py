"""A small invented view: what the shell is tested with, whatever the real views become."""

import math
import os
import time

from indicators.present.board import Board
from indicators.present.page import File, Page

PLACES = {"fr": "France entière", "93": "Provence-Alpes-Côte d’Azur et Corse", "11": "Île-de-France"}
STATUSES = {
    "met": "Atteint",
    "ontrack": "En bonne voie",
    "watch": "À surveiller",
    "offtrack": "Hors trajectoire",
    "accepted": "Écart accepté jusqu’au 30 juin",
    "na": "Non évaluable",
}
HTML = """
<h1>Transports de patients : {place}</h1>
<p class="fictive">Données fictives : aucun de ces chiffres n’est réel.</p>
<p class="lede">En 2025, la dépense de transport progresse de 3,1 % ; l’objectif est +2,0 %. L’écart pèse 8 à 12 M€.</p>
<div class="controls">
  <p><label for="territory">Territoire</label><select id="territory" data-choice="territory">{places}</select></p>
  <p><label for="pace">Cadence</label><select id="pace" data-choice="pace">{paces}</select></p>
</div>
<div class="cards">{cards}</div>
<h2>Évolution</h2>
<div class="grid-2">
  <figure><figcaption>Dépense mensuelle et trajectoire, en M€</figcaption>
    <div class="chart" id="trend" role="img" aria-label="Dépense mensuelle, en hausse." aria-describedby="values"></div>
    <p class="source-line">Source : données fictives · janvier 2024 à décembre 2025 · version 1</p></figure>
  <figure><figcaption>Part par mode de transport</figcaption>
    <div class="chart" id="share" role="img" aria-label="Taxi 52 %, VSL 21 %." aria-describedby="values"></div>
    <p class="source-line">Source : données fictives · 2025 · version 1</p></figure>
</div>
<h2>Par territoire</h2>
<div class="actions"><button type="button" data-download="csv">Télécharger en CSV</button>
  <button type="button" data-download="xlsx">Télécharger en XLSX</button>
  <button type="button" data-dialog="sheet-vsl">Définition</button></div>
<div class="table-wrap" role="region" aria-labelledby="values-title">
<table class="data" id="values"><caption id="values-title">Part du VSL, en %, par territoire</caption>
<thead><tr><th scope="col">Territoire</th><th scope="col" class="num">2024</th><th scope="col" class="num">2025</th>
<th scope="col" class="num">Évolution</th><th scope="col" class="num">Intervalle</th>
<th scope="col">Statut</th></tr></thead>
<tbody>{rows}</tbody></table></div>
<p class="source-line">Source : données fictives · 2025 · mis à jour le 22 novembre 2026 · version 1</p>
<details class="sheet" id="limits"><summary>Limites</summary><p>Tout est inventé.</p></details>
<dialog class="sheet" id="sheet-vsl" aria-labelledby="sheet-title"><h2 id="sheet-title">Part du VSL</h2>
<dl><dt>Numérateur</dt><dd>Trajets en VSL</dd><dt>Dénominateur</dt><dd>Trajets assis professionnalisés</dd></dl>
<button type="button" data-close>Fermer</button></dialog>
"""
SPARK = """<svg class="sparkline" viewBox="0 0 96 24" preserveAspectRatio="none" role="img" aria-label="en hausse">
<path d="M0 20L16 17 32 18 48 12 64 13 80 7 96 4" fill="none" stroke="currentColor"/></svg>"""
CARD = """<div class="card"><h3>Indicateur numéro {rank} du plan régional</h3>
<p class="value">2{rank},4 <span class="unit">%</span></p><p class="delta">+1,4 pt sur un an · cible 30 %</p>{spark}
<p class="status status-{kind}">{word}</p></div>"""
ROW = """<tr><th scope="row">{name}</th><td class="num">22,1</td><td class="num">24,0</td><td class="num">+1,9 pt</td>
<td class="num">[23,1 ; 24,9]</td><td><span class="status status-{kind}">{word}</span></td></tr>"""


class FakeView:
    def choices(self):
        return {"territory": list(PLACES), "pace": ["fast", "slow", "broken", "deadly"], "lang": ["fr", "en"]}

    def page(self, choice):
        if choice["pace"] == "slow":
            time.sleep(1.2)
        if choice["pace"] == "broken":
            raise ValueError("secret detail")
        if choice["pace"] == "deadly":
            os._exit(1)
        place = PLACES[choice["territory"]]
        return Page(f"Transports : {place}", self._html(choice, place), self._figures(choice["territory"]))

    def file(self, choice, kind):
        name = f"transports-{choice['territory']}.{kind}"
        return File(name, "text/csv", f"territoire;{choice['territory']}\n".encode())

    def _html(self, choice, place):
        cards = [
            CARD.format(rank=rank, kind=kind, word=word, spark=SPARK)
            for rank, (kind, word) in enumerate(STATUSES.items())
        ]
        names = zip([*PLACES.values()] * 5, [*STATUSES] * 3, strict=False)
        rows = [ROW.format(name=name, kind=kind, word=STATUSES[kind]) for name, kind in names]
        controls = {name: self._options(values, choice[name]) for name, values in self.choices().items()}
        return HTML.format(
            place=place,
            places=controls["territory"],
            paces=controls["pace"],
            cards="".join(cards),
            rows="".join(rows),
        )

    def _options(self, values, chosen):
        return "".join(
            f'<option value="{value}"{" selected" if value == chosen else ""}>{PLACES.get(value, value)}</option>'
            for value in values
        )

    def _figures(self, territory):
        lift = list(PLACES).index(territory)
        months = [f"{year}-{month:02d}-01" for year in (2024, 2025) for month in range(1, 13)]
        values = [10 + lift + rank / 6 + math.sin(rank) for rank in range(24)]
        values[5] = float("nan")
        target = [10 + lift + rank / 8 for rank in range(24)]
        trend = [
            {"x": months, "y": values, "mode": "lines+markers", "name": "Observé"},
            {"x": months, "y": target, "mode": "lines", "name": "Trajectoire", "line": {"dash": "dash"}},
        ]
        share = {"type": "bar", "orientation": "h", "x": [52, 27, 21 + lift], "y": ["Taxi", "Ambulance", "VSL"]}
        return {
            "trend": {"data": trend, "layout": {"legend": {"orientation": "h", "y": 1.12}}},
            "share": {"data": [share], "layout": {"height": 320, "margin": {"l": 90}}},
        }


def board():
    return Board("fake", FakeView())
