#!/usr/bin/env python3
"""Everything from one command: `python3 run.py` sets up and serves, `python3 run.py test` checks it all.

Standard library only, on Linux, macOS and Windows. Any other word is passed on to `ondam`.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
PYTHON = os.path.join(BIN, "python.exe" if os.name == "nt" else "python")
LOCK = os.path.join(HERE, "requirements.lock")
SPARK_LOCK = os.path.join(HERE, "requirements-spark.lock")
STAMP = os.path.join(VENV, "installed")
OLDEST = (3, 11)
OLDEST_JAVA = 17  # for Spark 4
PIP_NOISE = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONUTF8": "1"}

HELP = """python3 run.py              installe, prépare les données fictives et sert les pages
python3 run.py test         installe et exécute tous les tests
python3 run.py bench        mesure (--full : à taille réelle)
python3 run.py VERBE ...    passe VERBE à ondam (list, explain, fetch, ingest, build, check,
                            trace, revisions, serve, demo, sheets)
"""


def stop(sentence):
    """One clear sentence, and out."""
    sys.exit(sentence)


def check_python():
    if sys.version_info < OLDEST:
        stop("Python {}.{} ou plus récent est nécessaire ; celui-ci est {}.".format(*OLDEST, sys.version.split()[0]))
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop("Le module venv de Python manque ; sous Debian ou Ubuntu : apt install python3-venv, puis recommencer.")


def fingerprint():
    """What the installed packages depend on: the lock, our own metadata, the Python that runs them."""
    content = hashlib.sha256(sys.version.encode())
    for name in ("requirements.lock", "pyproject.toml"):
        with open(os.path.join(HERE, name), "rb") as file:
            content.update(file.read())
    return content.hexdigest()


def installed():
    try:
        with open(STAMP, encoding="utf-8") as file:
            return file.read() == fingerprint() and os.path.exists(PYTHON)
    except OSError:
        return False


def set_up():
    """The virtual environment with the locked packages and this one, unless it is there already."""
    if installed():
        return
    start = time.monotonic()
    print("Préparation de l’environnement dans .venv (une à trois minutes, une seule fois)…", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode:
        stop("L’environnement .venv ne peut être créé : " + (made.stderr or made.stdout).strip()[-500:])
    pip("Paquets", ["install", "--require-hashes", "-r", LOCK])
    pip("Programme", ["install", "--no-build-isolation", "--no-deps", "-e", HERE])
    with open(STAMP, "w", encoding="utf-8") as file:
        file.write(fingerprint())
    print(f"Environnement prêt en {time.monotonic() - start:.0f} s.", flush=True)


def pip(what, arguments, lock=LOCK):
    """One run of pip under a progress line; its last words when it fails."""
    with open(lock, encoding="utf-8") as file:
        total = sum("==" in line for line in file)
    command = [PYTHON, "-m", "pip", *arguments, "--progress-bar", "off"]
    environment = dict(os.environ, **PIP_NOISE)
    done, last = 0, []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
    ) as process:
        for line in process.stdout:
            last = [*last[-8:], line]
            done += line.startswith("Collecting")
            installing = line.startswith("Installing collected")
            show(f"{what} : " + ("installation…" if installing else f"{min(done, total)} sur {total}"))
    show("")
    if process.returncode:
        sentence = f"Installation impossible ({what}). Vérifier l’accès à l’index de paquets, puis recommencer."
        stop(sentence + "\n" + "".join(last))


def show(text):
    if sys.stdout.isatty():
        sys.stdout.write("\r" + 60 * " " + "\r" + text)
        sys.stdout.flush()


def run(command, **variables):
    """A command inside the environment; its exit code, and a clean stop on Ctrl-C."""
    path = BIN + os.pathsep + os.environ.get("PATH", "")
    environment = dict(os.environ, PATH=path, PYTHONUTF8="1", VIRTUAL_ENV=VENV, **variables)
    process = subprocess.Popen(command, cwd=os.getcwd(), env=environment)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the child had it too, and says its own last word


def ondam(*arguments):
    return run([PYTHON, "-m", "indicators.cli", *arguments])


def browser():
    """Chromium for the page tests, installed where that needs nobody's leave; otherwise those tests say why not."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if os.name == "posix" and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installation de Chromium pour les tests de pages…", flush=True)
        quiet = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "env": dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
        }
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], **quiet)


def java():
    """The number of the Java found, 0 for none."""
    command = shutil.which("java")
    said = subprocess.run([command, "-version"], capture_output=True, text=True).stderr if command else ""
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def spark():
    """Spark for the tests of the cluster engine, beside the other packages; otherwise those tests say why not."""
    stamp = os.path.join(VENV, "installed-spark")
    with open(SPARK_LOCK, "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as file:
            if file.read() == wanted:
                return
    if os.environ.get("ONDAM_TEST_SPARK") == "0" or java() < OLDEST_JAVA:
        why = (
            "ONDAM_TEST_SPARK=0" if os.environ.get("ONDAM_TEST_SPARK") == "0" else f"Java {OLDEST_JAVA} est introuvable"
        )
        print(f"Moteur de cluster non testé : {why}.", flush=True)
        return
    print("Installation de Spark pour les tests (environ une minute et 700 Mo, une seule fois)…", flush=True)
    try:
        pip("Spark", ["install", "--no-deps", "--require-hashes", "-r", SPARK_LOCK], SPARK_LOCK)
    except SystemExit as error:
        print(f"Moteur de cluster non testé. {error}", flush=True)
        return
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(wanted)


def test(arguments):
    """Style, unit, golden, doctests, notebooks, pages; non-zero on any failure."""
    browser()
    spark()
    os.chdir(HERE)
    demo = os.path.join(HERE, "data", "demo")
    code = run([PYTHON, "-m", "ruff", "check", "."]) or run([PYTHON, "-m", "ruff", "format", "--check", "."])
    code = ondam("demo", "--data", demo) or code
    return run([PYTHON, "-m", "pytest", *arguments], ONDAM_DATA=demo) or code


def serve():
    code = ondam("demo")
    return code or ondam("serve")


def main(arguments):
    if arguments[:1] in (["-h"], ["--help"], ["help"]):
        print(HELP)
        return 0
    check_python()
    set_up()
    if not arguments:
        return serve()
    if arguments[0] == "test":
        return test(arguments[1:])
    if arguments[0] == "bench":
        return run([PYTHON, os.path.join(HERE, "tests", "bench", "bench.py"), *arguments[1:]])
    return ondam(*arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
