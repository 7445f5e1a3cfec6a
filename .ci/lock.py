"""Recompile requirements.lock and environment.yml from pyproject.toml (needs `uv` on the path; nothing else does)."""

import re
import subprocess
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


if __name__ == "__main__":
    command = "uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes"
    options = "--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock"
    subprocess.run([*command.split(), *options.split()], cwd=ROOT, check=True)
    (ROOT / "environment.yml").write_text(environment((ROOT / "requirements.lock").read_text()), encoding="utf-8")
