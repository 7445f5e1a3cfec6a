"""Who may import whom: arrows go one way, and pages stay cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "indicators"
# What each part of the house may import of the others; a part not listed may import none.
ALLOWED = {
    "errors": set(),
    "periods": {"errors"},
    "progress": set(),
    "schema": {"errors"},
    "strict_yaml": {"errors"},
    "territories": {"errors"},
    "sources": {"errors", "territories"},
    "bands": set(),
    "reference": {"bands"},
    "catalogue": {"bands", "errors", "reference", "schema", "strict_yaml", "sources"},
    "lake": {"errors"},
    "methods": {"errors"},
    "disclosure": {"errors", "methods"},
    "engine": {"errors", "catalogue", "sources", "territories"},
    "sums": {"catalogue", "engine", "methods", "periods", "sources"},
    "adjusted": {"catalogue", "methods", "reference", "sums", "territories"},
    "computation": {
        *(
            "adjusted",
            "catalogue",
            "disclosure",
            "engine",
            "errors",
            "methods",
            "periods",
            "sources",
            "sums",
            "territories",
        ),
    },
    "workers": {"errors"},
    "facts": {"catalogue", "engine", "lake", "sources"},
    "download": {"errors"},
    "addresses": {"errors", "periods", "schema", "strict_yaml", "download"},
    "fetch": {"addresses", "errors", "lake", "sources", "download"},
    "ingest": {"errors", "facts", "lake", "sources", "workers"},
    "partials": {"catalogue", "computation", "disclosure"},
    "trace": {
        "adjusted",
        *("catalogue", "computation", "engine", "errors", "facts", "lake", "partials", "periods", "publication"),
        *("sources", "sums", "territories"),
    },
    "revisions": {"catalogue", "errors", "lake", "publication", "sources", "trace"},
    "publication": {"catalogue", "computation", "disclosure", "facts", "sums"},
    "build": {"catalogue", "computation", "engine", "errors", "facts", "lake", "publication", "sources", "sums"},
    "synthetic": {"sources", "territories"},
    "examples": {"catalogue", "computation", "periods", "sources"},
    "convention": {"catalogue", "errors", "periods", "schema", "strict_yaml", "territories"},
    "present": {
        *("catalogue", "convention", "errors", "examples", "lake", "methods", "periods", "schema", "sources"),
        *("strict_yaml", "territories", "trace"),
    },
    "docs": {"catalogue", "examples", "present", "strict_yaml"},
    "qualification": {"disclosure", "errors", "methods"},
    "verbs": {"catalogue", "computation", "docs", "errors", "lake", "present", "schema", "territories"},
    "access": {"errors", "lake", "present"},
    "demo": {"build", "errors", "ingest", "lake", "progress", "synthetic"},
    "checks": {"catalogue", "convention", "docs", "errors", "lake", "publication"},
    "cli": {"*"},
}
ARRAYS_ONLY = {
    *("holidays", "numpy", "scipy", "statsmodels"),
    *("collections", "dataclasses", "decimal", "typing", "warnings", "indicators"),
}
PAGE_FACING = ["indicators", "indicators.catalogue", "indicators.present.views"]
HEAVY = {"statsmodels", "scipy", "ibis", "duckdb", "matplotlib", "pyspark", "plotly.graph_objects"}


def _files():
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imported(path: Path) -> set[str]:
    """The parts of the package that a file imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "indicators":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("indicators."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("indicators.")}
    return found - {"__version__"}


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path):
    part = _part(path)
    assert part in ALLOWED, f"{part} is new: say what it may import"
    if ALLOWED[part] != {"*"}:
        assert _imported(path) - {part} <= ALLOWED[part]


def test_methods_know_arrays_only():
    for path in (PACKAGE / "methods").glob("*.py"):
        names = {
            (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert names <= ARRAYS_ONLY, path.name


@pytest.mark.parametrize("module", PAGE_FACING)
def test_a_page_does_not_pay_for_the_statistics(module):
    code = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(run.stdout.split())
