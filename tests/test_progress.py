"""The line of progress: its rate and the time left."""

import io

from indicators import progress


def test_a_resumed_file_is_timed_from_where_it_was_gone_on_with(monkeypatch):
    now = iter([0.0, 0.0, 10.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    said = io.StringIO()
    bar = progress.Bar("Téléchargement", "Mo", said, resumed=True)
    bar(50_000_000, 100_000_000)
    bar(60_000_000, 100_000_000)
    assert " 60 %, 1,0 Mo/s, reste 40 s" in said.getvalue()


def test_a_file_of_unknown_length_says_what_has_come(monkeypatch):
    now = iter([0.0, 20.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    said = io.StringIO()
    progress.Bar("Téléchargement", "Mo", said)(30_000_000, 0)
    assert said.getvalue().strip() == "Téléchargement 30,0 Mo, 1,5 Mo/s, 20 s"
