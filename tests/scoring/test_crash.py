"""A run that is killed in the middle, and a second run beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from scoring.conftest import Run
from setia.bundle import Bundle
from setia.errors import LockedError

CHILD = """
import sys, time
from pathlib import Path
from setia.bundle import Bundle
from setia.engine import EngineSettings, connect
from setia.progress import Progress
from setia.scoring import ScoreSettings, score
from setia.source import SourceSettings, read

class Slow(Progress):
    def each(self, items, name, total):
        for item in items:
            yield item
            time.sleep(0.3)

folder, path, output, history = sys.argv[1:]
engine = connect(EngineSettings(threads=1))
log = read(SourceSettings(path=path, currency="EUR"), engine)
settings = ScoreSettings(output=output, history=history, batch_rows=2)
score(Bundle.load(Path(folder)), log, engine, settings, model_version="slow", name="world", live=False,
      progress=Slow(quiet=True))
"""


@pytest.fixture
def yesterday(run: Run) -> bytes:
    """What lay under the final name before."""
    return run(history=None).path.read_bytes()


@pytest.fixture
def slow_run(yesterday: bytes, bundle: Bundle, world_path: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process in the middle of writing scores.parquet."""
    bundle.save(tmp_path / "bundle")
    where = [tmp_path / "bundle", world_path, tmp_path / "scores.parquet", tmp_path / "kept"]
    child = subprocess.Popen([sys.executable, "-c", CHILD, *map(str, where)])
    until = time.monotonic() + 90
    while not [part for part in tmp_path.rglob("*.part") if part.stat().st_size > 4000]:
        assert child.poll() is None, "the child ended before it could be killed"
        assert time.monotonic() < until, "the child wrote nothing"
        time.sleep(0.02)
    yield child
    child.kill()
    child.wait()


def test_kill_leaves_nothing_half_written_and_the_next_run_works(
    run: Run, yesterday: bytes, slow_run: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    with pytest.raises(LockedError, match=r"Another run is writing .*scores\.parquet") as caught:
        run()
    assert caught.value.exit_code == 4
    assert run("elsewhere.parquet", history=None).rows
    parts = list(tmp_path.rglob("*.part"))
    assert len(parts) == 2  # the other output did not sweep away what a living run is writing
    slow_run.send_signal(signal.SIGKILL)
    slow_run.wait()
    assert (tmp_path / "scores.parquet").read_bytes() == yesterday
    assert sorted(tmp_path.rglob("*.part")) == sorted(parts)

    summary = run()
    assert parquet.read_table(summary.path).num_rows == summary.rows
    assert not list(tmp_path.rglob("*.part"))
    assert [p.name[-15:] for p in (tmp_path / "kept").rglob("*.parquet")] == ["world_1.parquet"]
