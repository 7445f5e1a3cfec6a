"""Recompile the locks and environment.yml from pyproject.toml (needs `uv` on the path; nothing else does)."""

import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = """# For conda users: `conda env create -f environment.yml`, then `conda activate ondam`.
# The pins are those of requirements.lock; both are written by .ci/lock.py.
name: ondam
channels:
  - conda-forge
dependencies:
  - python >=3.11
  - pip
  - pip:
"""


def pins(lock: str) -> list[str]:
    """The pinned packages of a lock, hashes left out, markers kept."""
    lines = re.sub(r"\\\n\s*--hash=\S+", "", lock).splitlines()
    return [" ".join(line.split()) for line in lines if re.match(r"[a-z0-9]", line)]


def environment(lock: str) -> str:
    """The text of environment.yml for a lock."""
    quoted = "".join(f'      - "{pin}"\n' for pin in pins(lock))
    return HEAD + quoted + '      - "-e ."\n'


def beyond(lock: str, base: str) -> str:
    """The entries of a lock that another one does not hold."""
    held = {pin.split()[0] for pin in pins(base)}
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)
    return "".join(entry for entry in entries if entry.strip() and entry.split()[0] not in held)


def compiled(extras: str, output: str, *options: str) -> str:
    """The lock that uv makes of the declared dependencies and some extras."""
    command = "uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url"
    chosen = [word for extra in extras.split() for word in ("--extra", extra)]
    quiet = ["--no-header", "--no-annotate", "--quiet", "--output-file", output]
    subprocess.run([*command.split(), *chosen, *quiet, *options], cwd=ROOT, check=True)
    return (ROOT / output).read_text(encoding="utf-8")


if __name__ == "__main__":
    base = compiled("test", "requirements.lock")
    (ROOT / "environment.yml").write_text(environment(base), encoding="utf-8")
    # The cluster's packages alone, installed over the others: its versions are those of the first lock.
    with tempfile.TemporaryDirectory() as folder:
        whole = compiled("test spark sail", f"{folder}/whole.lock", "--constraints", "requirements.lock")
    (ROOT / "requirements-spark.lock").write_text(beyond(whole, base), encoding="utf-8")
