"""The engine of a cluster: Apache Spark, or what speaks Spark Connect, behind the same Ibis expressions.

Only `engine` imports this module. Results come back through arrow, so that decimals stay exact; every
failure of the cluster becomes one sentence.
"""

import logging
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import ibis

from indicators.errors import ArgumentError, EngineError

VARIABLE, PARTITIONS = "ONDAM_SPARK", "ONDAM_SPARK_PARTITIONS"
LOCAL = "local[*]"
ADDRESS = re.compile(r"local(\[(\d+|\*)\])?|sc://[^/;\s]+(/(;\S*)?)?|spark://[^/;\s]+:\d+")
OLDEST_JAVA = 17
PATIENCE = {"answer": 5, "workers": 60}  # seconds
PATTERN = set("[]{}*?%#\\")  # read as a pattern or an escape, and then as no file at all
INSTALL = "pip install --no-deps --require-hashes -r requirements-spark.lock"
# What decides a figure or keeps two runs alike, whatever the cluster's own defaults.
SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # an overflow or a wrong cast is an error, never a NULL
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # a decimal never gives up its cents for room
    "spark.sql.parquet.mergeSchema": "false",
    "spark.sql.adaptive.enabled": "false",  # the same plan each time; what is shuffled is small
}
# What only a driver started here can be told.
DRIVER = {"spark.app.name": "ondam", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")  # they print what the exception says again
LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def connect(given: str | None = None):
    """An Ibis connection to the cluster at an address; it has answered once."""
    where, settings, backend = _address(given), _settings(), _backend()
    _reachable(where)
    for name in LOGGERS:
        logging.getLogger(name).disabled = True
    with told(where):
        connection = backend()
        connection.where = where
        connection.do_connect(_session(where), **settings)
        connection._session.sql("SELECT 1").toArrow()
    return connection


def _address(given: str | None) -> str:
    """The address given, else that of the environment, else this machine."""
    found = given or os.environ.get(VARIABLE) or LOCAL
    if not ADDRESS.fullmatch(found):
        raise ArgumentError(
            f"Adresse Spark « {shown(found)} » : attendu sc://MACHINE:PORT (Spark Connect), "
            "spark://MACHINE:PORT (cluster autonome) ou local[N] (cette machine)."
        )
    return found


def _settings() -> dict[str, str]:
    partitions = os.environ.get(PARTITIONS, "8")
    if not partitions.isdigit() or int(partitions) == 0:
        raise ArgumentError(f"{PARTITIONS} = « {partitions} » : un nombre entier à partir de 1 est attendu.")
    return SETTINGS | {"spark.sql.shuffle.partitions": partitions}


def shown(where: str) -> str:
    """An address without its parameters: they may hold a token."""
    return where.split(";")[0].rstrip("/")


def _reachable(where: str) -> None:
    """Somebody listens at the address; Spark itself would try for minutes."""
    if where.startswith("local"):
        return
    host, _, port = shown(where).split("//")[1].rpartition(":")
    if not host:
        host, port = port, "15002"
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE["answer"]).close()
    except (OSError, ValueError):
        raise EngineError(
            f"Rien ne répond à {shown(where)}. Démarrer le serveur ou corriger l’adresse (--spark, {VARIABLE}), puis "
            "recommencer ; le dossier de données n’a pas changé."
        ) from None


def _session(where: str):
    from pyspark.sql import SparkSession

    if where.startswith("sc://"):
        session = SparkSession.builder.remote(where).create()
        _impatient(session)
        return session
    _java()
    builder = SparkSession.builder.master(where)
    for name, value in (DRIVER | (LOOPBACK if where.startswith("local") else {})).items():
        builder = builder.config(name, value)
    with _hushed():
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    if where.startswith("spark://"):
        _manned(session, where)
    return session


def _impatient(session) -> None:
    """A server that has gone is missed after a minute; by default the client asks again for ten."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session.client.set_retry_policies([DefaultPolicy(max_retries=6)])


def _manned(session, where: str) -> None:
    """A worker has come; without one Spark would wait for ever."""
    tracker, limit = session.sparkContext._jsc.sc().statusTracker(), time.monotonic() + PATIENCE["workers"]
    while len(tracker.getExecutorInfos()) < 2:  # the driver is the first
        if time.monotonic() > limit:
            session.stop()
            raise EngineError(
                f"{where} n’a donné aucun exécuteur en {PATIENCE['workers']} s : démarrer des workers ou libérer "
                "leur mémoire, puis recommencer ; le dossier de données n’a pas changé."
            )
        time.sleep(0.2)


def _java() -> None:
    home = os.environ.get("JAVA_HOME")
    command = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    todo = (
        "Installer Java 17 ou 21 (Debian : apt install openjdk-17-jre-headless) et donner JAVA_HOME, ou nommer un "
        "serveur Spark Connect (--spark sc://MACHINE:PORT), ou rester avec DuckDB (sans --engine)."
    )
    if not command:
        raise EngineError(f"Java est introuvable. {todo}")
    said = subprocess.run([command, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < OLDEST_JAVA:
        raise EngineError(f"Java {version[1] if version else '?'} est trop ancien pour Spark 4. {todo}")


@contextmanager
def _hushed() -> Iterator[None]:
    """The Java machine started here inherits a standard error that nobody reads: its errors come as exceptions."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _backend() -> type:
    """Ibis's Spark backend, with arrow both ways and several files per table."""
    try:
        from ibis.backends.pyspark import Backend

        ibis.pyspark  # noqa: B018 - ibis learns the options of a backend when it is named
    except ImportError as error:
        raise EngineError(
            f"Le moteur Spark n’est pas installé ({error.name} manque). L’installer : {INSTALL} ; "
            "ou rester avec DuckDB (sans --engine)."
        ) from None

    class Spark(Backend):
        """One session of a cluster."""

        where = ""

        def read_parquet(self, path, /, *, table_name=None, hive_partitioning=False):
            """Parquet files as one table; every machine of the cluster reads them under the same path."""
            from ibis.util import gen_name

            paths = [path] if isinstance(path, str | Path) else path
            name = table_name or gen_name("parts")
            with told(self.where):
                frame = self._session.read.parquet(*map(_uri, paths))
                frame.createOrReplaceTempView(name)
                _same_rows(paths, frame.count() if frame.columns else 0, self.where)
                return self.table(name)

        def to_pyarrow(self, expr, /, *, params=None, limit=None, **kwargs):
            """A result in the types that the expression declares; decimals never pass through floats."""
            table = expr.as_table()
            with told(self.where):
                self._run_pre_execute_hooks(expr)
                found = self._session.sql(self.compile(table, params=params, limit=limit, **kwargs)).toArrow()
            return expr.__pyarrow_result__(found.cast(table.schema().to_pyarrow()))

        def _register_in_memory_table(self, op):
            with told(self.where):
                self._session.createDataFrame(op.data.to_pyarrow(op.schema)).createOrReplaceTempView(op.name)

        def disconnect(self):
            """End the session; a cluster that is gone is not an error any more."""
            with suppress(Exception):
                super().disconnect()

    return Spark


def _uri(path: str | Path) -> str:
    """A file of a disk that the cluster shares, whatever its default file system."""
    text = Path(path).absolute().as_posix()
    if found := sorted(set(text) & PATTERN):
        raise ArgumentError(
            f"{text} : le moteur Spark ne lit pas un chemin qui contient {' '.join(found)}. Renommer le dossier de "
            "données, ou en donner un autre avec --data."
        )
    return f"file://{text}"


def _same_rows(paths: Sequence[str | Path], found: int, where: str) -> None:
    """The cluster sees the files that are here: Sail reads a file that it does not see as an empty one."""
    from pyarrow.parquet import read_metadata

    expected = sum(read_metadata(path).num_rows for path in paths)
    if found != expected:
        raise EngineError(
            f"{shown(where)} lit {found} lignes où cette machine en lit {expected} ({Path(paths[0]).parent}) : "
            "le cluster ne voit pas les mêmes fichiers. Monter le dossier de données sous le même chemin sur toutes "
            "ses machines, puis recommencer ; le dossier n’a pas changé."
        )


@contextmanager
def told(where: str) -> Iterator[None]:
    """Whatever Spark, its gateway or its network raise, as one sentence."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.split(".")[0] not in {"pyspark", "py4j", "grpc"}:
            raise
        raise EngineError(_sentence(where, error)) from None


def _sentence(where: str, error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    cause = next(filter(None, lines), type(error).__name__)[:300].rstrip(".")
    return (
        f"Spark ({shown(where)}) a échoué : {cause}. Vérifier que le cluster répond et que chacune de ses machines lit "
        "le dossier de données sous le même chemin, puis recommencer ; le dossier n’a pas changé."
    )
