"""One Spark for all tests of a process: its start takes longer than most tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from setia.engine.spark import SparkEngine, open_spark
from setia.engine.spark_session import SparkSettings

# Short tests never earn back what the second compiler and a second collector cost.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Nor do they need many partitions, or the queries compiled.
QUICK = {"spark.sql.shuffle.partitions": "3", "spark.sql.codegen.wholeStage": "false"}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    # what continuous integration installs (.ci/run), and `make cluster` adds, need not be there elsewhere
    pytest.importorskip("pyspark", reason="needs Spark: make cluster")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("needs Java 17")
    os.environ.setdefault("JAVA_TOOL_OPTIONS", JAVA)
    # the executors look up the tests' own kernels where pytest found them
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    folder = tmp_path_factory.mktemp("spark")
    engine = open_spark(SparkSettings(master="local[2]", memory_limit="2GB", temp_directory=str(folder)))
    for name, value in QUICK.items():
        engine.session.conf.set(name, value)
    yield engine
    engine.close()
