"""`make tune` from the command line: two logs, a summary to paste from, and a second call that goes on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import makers
import pytest

from setia.config import compose


@pytest.mark.slow
def test_a_search_over_two_logs_from_the_command_line(tmp_path: Path, root: Path) -> None:
    logs = [
        makers.write_csv(tmp_path / f"{name}.csv", makers.rows_of(900, seed)) for name, seed in (("a", 3), ("b", 4))
    ]

    def call(*more: str) -> subprocess.CompletedProcess[str]:
        arguments = [
            *("source=files", f"source.path={logs[0]}", f"tune.logs=[{logs[1]}]", *makers.QUICK),
            *("horizon_days=30", "tune.cutoffs=2", "tune.space.cutoffs=null", f"tune.storage={tmp_path}/tune.db"),
            *(f"tune.output={tmp_path}/best.yaml", f"tracking.uri=sqlite:///{tmp_path}/mlflow.db", *more),
        ]
        return subprocess.run(
            [sys.executable, "pipelines/tune.py", *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    done = call("tune.trials=2")
    assert done.returncode == 0, done.stderr
    assert "2 trials done, 0 pruned" in done.stdout
    assert "trial 0   the defaults" in done.stderr
    assert len(re.findall(r"(?m)^ *[ab] 2016-\d\d-\d\d ", done.stdout)) == 4  # two cases of each log
    again = call("tune.trials=3")
    assert again.returncode == 0, again.stderr
    assert "trial 1 " not in again.stderr
    assert "trial 2 " in again.stderr
    pasted = [line.strip() for line in again.stdout.splitlines() if line.startswith("    make train ARGS=")]
    if pasted:
        compose(pasted[0].removeprefix('make train ARGS="').removesuffix('"').split())
    assert "Traceback" not in done.stderr + again.stderr
