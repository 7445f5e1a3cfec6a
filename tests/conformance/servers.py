"""Real engines on the loopback, each ended with the processes it started and no other."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HOST = "127.0.0.1"
STARTS_WITHIN = 90  # seconds, on a busy machine
# Short programs: a quick compiler and one collector thread cost a third of the time of the usual ones.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
DEFAULTS = """spark.driver.memory 1g
spark.executor.memory 1g
spark.executor.cores 1
spark.ui.enabled false
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
"""


def java() -> bool:
    """Whether a Java that Spark 4 accepts is found."""
    command = shutil.which("java")
    said = subprocess.run([command, "-version"], capture_output=True, text=True).stderr if command else ""
    version = re.search(r'version "(\d+)', said)
    return bool(version) and int(version[1]) >= 17


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def no_spark() -> str:
    """Why the tests of Spark cannot run here, or an empty text."""
    if not installed("pyspark"):
        return "pyspark is not installed: python3 run.py test installs it where Java 17 or later is found"
    return "" if java() else "Java 17 or later is not found: install it to run the tests of Spark"


def no_sail() -> str:
    """Why the tests of Sail cannot run here, or an empty text."""
    missing = [name for name in ("pyspark", "pysail") if not installed(name)]
    return f"not installed: {', '.join(missing)} (requirements-spark.lock)" if missing else ""


def environment(folder: Path) -> dict[str, str]:
    """The variables of every Spark process of a test: loopback, little memory, files inside the test's folder."""
    import pyspark

    (folder / "conf").mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "spark-defaults.conf").write_text(DEFAULTS, encoding="utf-8")
    own = {
        "SPARK_HOME": str(Path(pyspark.__file__).parent), "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_IP": HOST, "SPARK_LOCAL_DIRS": str(folder / "local"), "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_DAEMON_MEMORY": "256m", "SPARK_CONNECT_MODE": "0", "JDK_JAVA_OPTIONS": SHORT_LIVED,
        "PYSPARK_PYTHON": sys.executable,
    }  # fmt: skip
    return {key: value for key, value in os.environ.items() if not key.startswith(("SPARK_", "ONDAM_SPARK"))} | own


@contextmanager
def server(command: list[str], folder: Path, name: str, ready: str, **variables: str) -> Iterator[re.Match]:
    """A process that says in its log that it is ready; its whole group ends with the test."""
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(folder) | variables,
            start_new_session=True,
        )
    try:
        yield _said(process, log, ready)
    finally:
        _end(process)


def _said(process: subprocess.Popen, log: Path, ready: str) -> re.Match:
    limit = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < limit and process.poll() is None:
        if found := re.search(ready, log.read_text("utf-8", "replace")):
            return found
        time.sleep(0.2)
    raise RuntimeError(f"{log.stem} did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _end(process: subprocess.Popen) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _spark(tool: str) -> str:
    import pyspark

    return str(Path(pyspark.__file__).parent / "bin" / tool)


@contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[str]:
    """A master and its workers, one core and 1 GiB each: the address of the cluster."""
    tool, bind = _spark("spark-class"), ["--host", HOST, "--port", "0", "--webui-port", "0"]
    with ExitStack() as stack:
        command = [tool, "org.apache.spark.deploy.master.Master", *bind]
        started = stack.enter_context(server(command, folder, "master", r"Starting Spark master at (spark://\S+)"))
        for number in range(workers):
            command = [tool, "org.apache.spark.deploy.worker.Worker", *bind, "--cores", "1", "--memory", "1g"]
            registered = r"Successfully registered with master"
            stack.enter_context(server([*command, started[1]], folder, f"worker{number}", registered))
        yield started[1]


@contextmanager
def connect(folder: Path) -> Iterator[str]:
    """A Spark Connect server over two local threads: its address."""
    command = [
        *(_spark("spark-submit"), "--master", "local[2]"),
        *("--conf", f"spark.connect.grpc.binding.address={HOST}", "--conf", "spark.connect.grpc.binding.port=0"),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"),
    ]
    ready = r"Spark Connect server started at: \S*?:(\d+)"
    with server(command, folder, "connect", ready, SPARK_DAEMON_MEMORY="1g") as started:
        yield f"sc://{HOST}:{started[1]}"


SAIL = """
import time
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print("port", server.listening_address[1], flush=True)
time.sleep(3600)
"""


@contextmanager
def sail(folder: Path) -> Iterator[str]:
    """A Sail server: its address."""
    with server([sys.executable, "-c", SAIL], folder, "sail", r"port (\d+)") as started:
        yield f"sc://{HOST}:{started[1]}"
