"""A curve the size of a word, as inline SVG: holes stay holes, unsure points are hollow."""

from collections.abc import Sequence
from html import escape

from indicators.present.series import UNSURE, Point

WIDTH, HEIGHT, EDGE = 96, 24, 4


def sparkline(points: Sequence[Point], title: str, description: str) -> str:
    """The last figures of a series; the title and the description say it in words."""
    head = (
        f'<svg class="sparkline" role="img" aria-label="{escape(f"{title}. {description}")}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    )
    placed = _placed(points)
    if not placed:
        return head + "</svg>"
    return head + "".join(map(_stroke, _runs(placed))) + _dots(points, placed) + "</svg>"


def _placed(points: Sequence[Point]) -> dict[int, tuple[float, float]]:
    values = [point.value for point in points if point.value is not None]
    if not values:
        return {}
    low, span = min(values), (max(values) - min(values)) or 1
    step = (WIDTH - 2 * EDGE) / max(len(points) - 1, 1)
    return {
        index: (EDGE + index * step, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (point.value - low) / span)
        for index, point in enumerate(points)
        if point.value is not None
    }


def _runs(placed: dict[int, tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Unbroken stretches: a hole is never bridged."""
    runs: list[list[tuple[float, float]]] = []
    for index, place in placed.items():
        if index - 1 not in placed:
            runs.append([])
        runs[-1].append(place)
    return runs


def _stroke(run: list[tuple[float, float]]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
    return f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="1.5"/>'


def _dots(points: Sequence[Point], placed: dict[int, tuple[float, float]]) -> str:
    unsure = [index for index in placed if points[index].flag in UNSURE]
    sure = [index for index in placed if index not in unsure]
    drawn = [(index, "#fff") for index in unsure] + [(index, "currentColor") for index in sure[-1:]]
    return "".join(
        f'<circle cx="{placed[index][0]:.1f}" cy="{placed[index][1]:.1f}" r="2" fill="{fill}" stroke="currentColor"/>'
        for index, fill in drawn
    )
