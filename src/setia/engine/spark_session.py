"""A Spark session: one that runs already, one of a cluster, or one of this machine's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.ahead import cores
from setia.engine.memory import shares
from setia.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA: Final = 17
#: Of the memory that a run may use, the Java process's; the rest is for Python, on both sides.
JAVA_SHARE: Final = 0.4


@dataclass(frozen=True)
class SparkSettings:
    """Which Spark, and how much of this machine a local one may use.

    `master` is a cluster's address (spark://HOST:7077, yarn, k8s://...) or local[N]; null: what spark-submit says,
    else this machine. `remote` is the address of a Spark Connect server (sc://HOST:15002) and excludes `master`.
    The others are for a local Spark: `memory_limit` ("8GB"; null: most of the machine), `temp_directory` for what
    does not fit, `threads` (null: every core).

    Raises:
        InputError: both addresses are given.
    """

    name: str = "spark"
    master: str | None = None
    remote: str | None = None
    memory_limit: str | None = None
    temp_directory: str | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.master and self.remote:
            raise InputError(
                f"engine.master={self.master} and engine.remote={self.remote} are two different Sparks; give one."
            )


def opened(settings: SparkSettings) -> tuple[SparkSession, bool]:
    """Return a session, and whether it is our own, to be stopped in the end.

    A session that runs in this process already (a notebook's, say) is taken as it is.

    Raises:
        InputError: pyspark or Java is missing, or Spark cannot be reached.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise InputError(
            "engine=spark needs the package pyspark, and there is none; install setia[spark], or use engine=duckdb."
        ) from error
    # every other line of ours would warn; what we use of pandas through Spark is nothing
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
    running = SparkSession.getActiveSession()
    if running is not None:
        return running, False
    try:
        if settings.remote:
            return SparkSession.builder.remote(settings.remote).appName("setia").getOrCreate(), True
        return _classic(settings), True
    except InputError:
        raise
    except Exception as error:  # Py4J, gRPC and Spark each have their own
        where = settings.remote or settings.master or "on this machine"
        raise InputError(
            f"Spark ({where}) cannot be reached or started: {_said(error)}. Check engine.master or engine.remote."
        ) from error


def _classic(settings: SparkSettings) -> SparkSession:
    """Start a session with a Java process of our own, whose log goes to a file."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    if not submitted:
        need_java()
    conf = SparkConf().setAll(list(_configuration(settings, submitted=submitted).items()))
    if not submitted:
        with _log_file(settings) as log:
            gateway = launch_gateway(conf, popen_kwargs={"stderr": log})
        SparkContext(conf=conf, gateway=gateway)
    session: SparkSession = SparkSession.builder.config(conf=conf).getOrCreate()
    return session


def _configuration(settings: SparkSettings, *, submitted: bool) -> dict[str, str]:
    """Return what a session of our own is told; a cluster's own sizes are left alone."""
    found = {
        "spark.app.name": "setia",
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
        # a Python worker has one core: pools of threads would only fight
        "spark.executorEnv.POLARS_MAX_THREADS": "1",
    }
    if settings.temp_directory:
        found["spark.local.dir"] = settings.temp_directory
    master = settings.master or (None if submitted else f"local[{settings.threads or '*'}]")
    if master:
        found["spark.master"] = master
    if master and master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the workers' would be the system's
        workers = re.fullmatch(r"local\[(\d+).*\]", master)
        threads = int(workers[1]) if workers else cores()
        megabytes = max(int(shares(settings.memory_limit).engine * JAVA_SHARE / 2**20), 1024)
        found |= {
            "spark.ui.enabled": "false",
            "spark.driver.memory": f"{megabytes}m",
            "spark.driver.host": "localhost",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": str(4 * threads),
        }
    return found


@contextmanager
def _log_file(settings: SparkSettings) -> Iterator[Any]:
    """Give the file for what Java writes to its standard error; say what stood there if Java did not come up."""
    folder = Path(settings.temp_directory or tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"setia-spark-{os.getpid()}.log"
    try:
        with path.open("wb") as log:
            yield log
    except Exception as error:
        lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
        raise InputError(
            f"Spark did not start: {lines[-1] if lines else _said(error)} (all of it is in {path})."
        ) from error


def need_java() -> None:
    """Refuse to go on without a Java that Spark runs on.

    Raises:
        InputError: none is found, or one that is too old.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    advice = (
        f"install Java {JAVA} or later (on Debian: apt-get install openjdk-{JAVA}-jre-headless), point JAVA_HOME at "
        "it, or use engine=duckdb."
    )
    if java is None or not Path(java).exists():
        raise InputError(
            f"engine=spark needs Java, and none is found{f' in JAVA_HOME={home}' if home else ''}; {advice}"
        )
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < JAVA:
        raise InputError(
            f"engine=spark needs Java {JAVA}, and {java} is {said.splitlines()[0] if said else '?'}; {advice}"
        )


def _said(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")[:300]
