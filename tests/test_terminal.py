"""What every stage says in a terminal, in a log and when quiet: one summary, its results, and what to do next."""

from __future__ import annotations

import csv
import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
import yaml
from makers import QUICK
from test_act_pipeline import AFTER, AS_OF, READ, WORLD
from test_end_to_end import pipeline
from test_progress import CODES, seen

from setia import errors
from setia.config import HELP, compose

ROOT = Path(__file__).resolve().parents[1]
SMALL = tuple(setting for setting in QUICK if not setting.startswith("engine"))
THEN = (*WORLD, AS_OF)
#: Every stage, with what it needs in this small world.
STAGES = {
    "features": (*THEN, "features.families=[rfm]"),
    "define": (*THEN, "define.cutoffs=3"),
    "train": (*THEN, *SMALL),
    "tune": (*THEN, *SMALL, "tune.trials=2", "tune.cutoffs=2", "tune.space.cutoffs=null"),
    "backtest": (*THEN, *SMALL, "backtest.count=1"),
    "score": THEN,
    "alert": THEN,
    "report": THEN,
    "customer": THEN,
    "retention": THEN,
    "segments": THEN,
    "ledger": (*THEN, "value=profit", "value.costs.goods_rate=0.6"),
    "act": (*THEN, "policy.offer.cost=2", "policy.offer.contact_cost=0.2"),
    "readback": (*READ, AFTER),
}
FAR = "a_very_long_folder_name/" * 6 + "features.parquet"
SLOW = ("train", "tune", "backtest", "report")
stages = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in STAGES]
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a model and a campaign."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("train", "act"):
        assert pipeline(folder, name, *STAGES[name], "quiet=true") == 0
    return folder


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No terminal, whatever the tests run in."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def asked(home: Path, name: str) -> tuple[str, ...]:
    """Return the settings of a stage; a card is of the first who was chosen for the campaign."""
    if name != "customer":
        return STAGES[name]
    [chosen] = home.glob("models/act/retain-*[0-9].csv")
    with chosen.open(encoding="utf-8", newline="") as file:
        return (*STAGES[name], f"customer.id='{next(csv.DictReader(file))['customer_id']}'")


def parts(out: str) -> tuple[str, list[str], list[str]]:
    """Return the summary, where the results lie, and the commands that come next."""
    summary, done, closing = out.partition("\nDone in ")
    assert done, out
    results, _, steps = closing.partition("\nNext\n")
    places = [re.split(r" {2,}", line.strip())[-1] for line in results.partition("Results\n")[2].splitlines()]
    return summary, places, [line.strip() for line in steps.splitlines() if line.startswith("    ")]


@stages
def test_a_log_gets_plain_lines_and_every_stage_ends_alike(
    name: str, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert pipeline(home, name, *asked(home, name)) == 0
    out, err = capfd.readouterr()
    assert "\x1b" not in out + err
    assert "\r" not in out + err
    assert re.search(r"(?m)^  reading the log +\d+\.\d s$|^  features of simulated +\d+\.\d s$", err)
    for line in err.splitlines():
        assert re.search(r" \d+\.\d s$|cutoff \d of \d", line), line
    summary, places, steps = parts(out)
    assert max(map(len, summary.splitlines())) <= 120
    assert len(steps) in (1, 2)
    for place in places:
        if not re.search(r":/| in ", place):
            assert (home / place).exists() or (ROOT / place).exists(), place
    can_be_pasted(steps)


def can_be_pasted(steps: list[str]) -> None:
    """Each is a target of the Makefile that repeats which log and which store are meant, in settings there are."""
    phony = re.search(r"(?m)^\.PHONY: (.*)$", (ROOT / "Makefile").read_text())
    assert phony is not None
    for command in steps:
        make, target, *words = shlex.split(command)
        given = dict(word.split("=", 1) for word in words)
        assert make == "make"
        assert target in phony.group(1).split()
        assert set(given) <= {"ID", "ARGS"}
        repeated = shlex.split(given.get("ARGS", "").replace("$$", "$"))
        assert compose(repeated)
        if target != "notebooks":
            assert {"source=simulated", "source.world.customers=1000", "tracking.uri=sqlite:///store/mlflow.db"} <= {
                *repeated
            }


@stages
def test_quiet_says_nothing(name: str, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    more = ("act.campaign=hush",) if name == "act" else ()
    assert pipeline(home, name, *asked(home, name), *more, "--quiet") == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", STAGES)
def test_a_users_mistake_is_one_sentence(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    more = {"customer": ["customer.id=1"], "ledger": ["value=profit", "value.costs.goods_rate=0.6"]}.get(name, [])
    assert pipeline(tmp_path, name, "source=files", "source.path=nowhere.csv", "quiet=true", *more) == 2
    out, err = capfd.readouterr()
    assert out == ""
    [sentence] = err.strip().splitlines()
    assert sentence.startswith(f"setia {name}: ")
    assert "nowhere.csv" in sentence
    assert sentence.endswith(".")


# ---- in a terminal of 80 columns


def in_a_terminal(home: Path, name: str, *settings: str, stop_at: str = "", **more: str) -> tuple[int, str]:
    """Run a stage under a pseudo-terminal; return its exit code and what it wrote. `stop_at`: then press Ctrl-C."""
    main, beside = pty.openpty()
    fcntl.ioctl(beside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, str(ROOT / "pipelines" / f"{name}.py"), *settings]
    environment = {**os.environ, "TERM": "xterm-256color", "OMP_NUM_THREADS": "1", **more}
    process = subprocess.Popen(
        command, cwd=home, stdin=beside, stdout=beside, stderr=beside, env=environment, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(beside)
    written = b""
    while piece := _read(main):
        written += piece
        if stop_at and stop_at.encode() in written:
            os.write(main, b"\x03")
            stop_at = ""
    os.close(main)
    return process.wait(), written.decode().replace("\r\n", "\n")


def _read(main: int) -> bytes:
    try:
        return os.read(main, 65536)
    except OSError:  # nobody writes any more
        return b""


def test_a_terminal_shows_a_live_line_and_cleans_it_up(home: Path) -> None:
    code, written = in_a_terminal(home, "segments", *STAGES["segments"])
    assert code == 0
    assert re.search(r"\x1b\[\d+m[-\\|/]\x1b\[0m reading the log +\x1b\[\d+m0:00:00", written)
    assert "\x1b[1m" in written  # bold heads
    lines = seen(written)
    assert [line.split("  ")[0] for line in lines[:3]] == ["reading the log", "loading the model", "customer days"]
    assert not [line for line in lines if re.search(r"^[-\\|/] |0:00:0", line)]
    assert written.rfind("\x1b[?25h") > written.rfind("\x1b[?25l")  # the cursor is there
    summary, *_ = parts("\n".join(CODES.sub("", line) for line in written.split("\n")))
    assert max(len(line.rsplit("\x1b[2K")[-1]) for line in summary.splitlines()[-20:]) <= 80
    assert "  segments         models/segments/segments.csv" in written


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_forbidden(variable: str, value: str, home: Path) -> None:
    far = f"features_output={FAR}"
    code, written = in_a_terminal(home, "features", *STAGES["features"], far, **{variable: value})
    assert code == 0
    assert not re.search(r"\x1b\[[0-9;]*m", written)
    assert ("0:00:0" in written) == (variable == "NO_COLOR")  # a live line needs no colours, but a terminal
    assert "\x1b" not in written or variable == "NO_COLOR"
    assert FAR in written  # not broken in two


def test_ctrl_c_leaves_no_live_line(home: Path) -> None:
    code, written = in_a_terminal(home, "features", *STAGES["features"], stop_at="reading the log")
    assert code == 130
    lines = seen(written)
    assert lines[-1] == "setia features: stopped; nothing half-written was left."
    assert not [line for line in lines if "0:00:0" in line]
    assert written.rfind("\x1b[?25h") > written.rfind("\x1b[?25l")


# ---- the documents


def test_the_exit_codes_that_are_documented_are_those_there_are() -> None:
    page = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    documented = [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", page)]
    own = {
        error.exit_code for error in vars(errors).values() if isinstance(error, type) and issubclass(error, Exception)
    }
    assert documented == sorted(own | {0, 130})
    made = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for text in (HELP, made):
        told = " ".join(text[text.index("Exit codes") :].split())
        for code in documented:
            assert re.search(rf"[ ,:]{code} [a-z]", told), code


def test_the_places_that_are_documented_are_the_settings() -> None:
    page = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `make ([a-z]+)` \| (.*?) \| (.*) \|$", page)
    assert {name for name, *_ in rows} == set(STAGES)
    text = yaml.safe_load(compose().yaml)
    for name, files, settings in rows:
        for setting in re.findall(r"`([a-z_.]+)=`", settings):
            value: object = text
            for key in setting.split("."):
                assert isinstance(value, dict)
                value = value[key]
            if value is not None and "uri" not in setting:
                folder = str(value) if setting.endswith("history") else Path(str(value)).name
                assert folder in files, (name, setting)
