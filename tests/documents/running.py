"""Running what the pages tell a reader to run: commands on small logs and models, code in one namespace a page."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml
from makers import QUICK

import setia.config
from documents.pages import ROOT, Block, blocks, commands, name_of
from documents.shop import provide, write_campaign, write_samples
from setia.config import compose
from setia.tracking import TrackingSettings
from setia.tracking.store import opened

#: What a reader has and a test has not: a host, a bucket, a value left to the reader.
REMOTE = re.compile(r"\bHOST\b|s3://|gs://|postgresql\S*://|\bPATH\b|YYYY|/NAME\b|\.\.\.")
#: What takes longer than a reader of the test's output would wait for.
SLOW = re.compile(r"\btune\b|\bbacktest\b|\balso=|engine=spark|distributed=dask")
#: Targets that are no stages: another test runs them, or they work on the checkout itself.
ELSEWHERE = {"notebooks", "setup", "ui", "test", "test-slow", "lint", "bench", "cluster"}
#: Settings that say what is trained; the others say what is done with it.
TRAINED_BY = re.compile(
    r"(source|value|defection|classifier|regressor|features|cutoffs|dropout|engine|tracking|experiment)\b|as_of=|horizon_days=|also=|name=|clv_"
)
#: How a note begins above a block that a test of its own runs: by name, or by the file that the block is written into.
TESTED_ELSEWHERE = ("run by tests/", "into ")
#: What a shell may be asked for besides make and the pipelines.
PLAIN = {"cat", "cp", "head", "ls", "mkdir", "cd", ".venv/bin/python", "python"}
STAGES = {path.stem for path in (ROOT / "pipelines").glob("*.py")}


class Reader:
    """Somebody who follows the pages, each in a folder of its own; a command that was run before is not run again.

    `conf` is a copy of conf/ in which forests are small, samples are small logs of the same columns, and logs may be
    old. Each log, as cut by as_of, has a store of its own, so that no page finds the champion of another log.
    """

    def __init__(self, home: Path) -> None:
        self.home, self.conf = home, home / "conf"
        self._done: dict[str, tuple[str, Path]] = {}
        home.mkdir(exist_ok=True)
        write_samples(home)
        shutil.copytree(ROOT / "conf", self.conf)
        _make_small(self.conf, home)
        _note_instead_of_running(home)
        with opened(TrackingSettings(f"sqlite:///{home}/tables.db"), create=True):
            pass

    def read(self, page: Path, *, slowly: bool = False) -> list[str]:
        """Do what a page says from top to bottom; return what went wrong, with the line."""
        folder = self.home / "pages" / name_of(page).removesuffix(".md") / ("slowly" if slowly else "soon")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / ".venv").mkdir()
        (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
        (folder / "deploy").symlink_to(ROOT / "deploy")
        provide({"source": "files", "source.path": "sales.csv"}, folder)
        write_campaign(folder / "campaign.parquet")
        namespace: dict[str, Any] = {"__name__": "page"}
        found: list[str] = []
        for block in blocks(page):
            if block.is_run and not block.note.startswith(TESTED_ELSEWHERE):
                found += self._block(block, folder, namespace, slowly)
        return found

    def _block(self, block: Block, folder: Path, namespace: dict[str, Any], slowly: bool) -> list[str]:
        if block.language == "yaml":
            return self._settings(block)
        if block.language == "python" and (slowly or not block.note.startswith("slow")):
            return self._python(block, folder, namespace)
        found = []
        for line, command in commands(block.text) if block.language == "sh" else ():
            if REMOTE.search(command) or (SLOW.search(command) and not slowly):
                continue
            wrong = self._command(command, folder)
            found += [f"{block.place}+{line}: {command}\n    {wrong}"] if wrong else []
        return found

    def _settings(self, block: Block) -> list[str]:
        """Put a file of settings that names itself (# conf/GROUP/NAME.yaml) where it belongs, and compose it."""
        named = re.search(r"(?m)^# (conf/(\w+)/(\w+)\.yaml)\b", block.text)
        if named is None:
            return []
        path = self.home / named[1]
        path.write_text(block.text, encoding="utf-8")
        try:
            compose([f"{named[2]}={named[3]}"], self.conf)
        except Exception as error:
            return [f"{block.place}: {error}"]
        return []

    def _python(self, block: Block, folder: Path, namespace: dict[str, Any]) -> list[str]:
        import matplotlib
        from matplotlib import pyplot

        matplotlib.use("Agg")
        said = io.StringIO()
        code = compile("\n" * block.line + block.text, name_of(block.page), "exec")
        try:
            with chdir(folder), self._small(), redirect_stdout(said):
                exec(code, namespace)
        except Exception:
            return [f"{block.place}: {traceback.format_exc(limit=-3)}"]
        finally:
            pyplot.close("all")
        return []

    def _command(self, command: str, folder: Path) -> str:
        """Run a command and return what went wrong, "" if nothing did."""
        words = shlex.split(command)
        extra = {}
        while "=" in words[0]:
            key, _, value = words.pop(0).partition("=")
            extra[key] = value
        with pytest.MonkeyPatch.context() as patch:
            for key, value in extra.items():
                patch.setenv(key, value)
            if words[0] == "make":
                return self._make(words, folder)
            if len(words) > 1 and words[0].endswith("python") and words[1].startswith("pipelines/"):
                return self._stage(Path(words[1]).stem, words[2:], folder)
            if words[0] == "deploy/nightly.sh":
                return ""  # by tests/test_deploy.py
            if words[0] not in PLAIN:
                return f"{words[0]} is not run by tests; mark the block `sh no-run` with the reason above it"
            return _shell(command, folder)

    def _make(self, words: list[str], folder: Path) -> str:
        targets = [word for word in words[1:] if "=" not in word]
        if not targets or targets == ["help"]:
            return _shell("make --no-print-directory", ROOT)
        if targets[0] in ELSEWHERE:
            return ""
        asked = self._asked_of_make(words[1:])
        if isinstance(asked, str):
            return asked
        return self._stage(Path(asked[0]).stem, asked[1:], folder)

    def _asked_of_make(self, words: list[str]) -> list[str] | str:
        """Let make itself say which pipeline it would call, and with which settings; or what it complains of."""
        noted = self.home / "asked.json"
        noted.unlink(missing_ok=True)
        made = subprocess.run(
            ["make", "--no-print-directory", f"BIN={self.home}/bin", f"STAMP={self.home}/stamp", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode or not noted.exists():
            return made.stderr.strip() or f"make {shlex.join(words)} runs no pipeline"
        asked: list[str] = json.loads(noted.read_text(encoding="utf-8"))
        return asked

    def _stage(self, name: str, words: Sequence[str], folder: Path) -> str:
        """Run a stage on a small log, and before it what it cannot do without, unless this very run was done before."""
        given = self._small_words(words, folder)
        key = shlex.join([name, *sorted(given)]).replace(str(folder), "") + self._own_log(given, folder)
        if key not in self._done:
            before = _files(folder)
            wrong = self._run(name, given, folder)
            after = _files(folder)
            kept = self.home / "done" / str(len(self._done))
            _copy([path for path in after if after[path] != before.get(path)], folder, kept)
            self._done[key] = wrong, kept
            return wrong
        wrong, kept = self._done[key]
        _copy(_files(kept), kept, folder)
        return wrong

    def _run(self, name: str, words: list[str], folder: Path) -> str:
        code, said = self.pipeline(name, words, folder)
        if name == "readback" and code == 2:  # the reader has made a campaign some time ago
            self._campaign(words, folder)
            code, said = self.pipeline(name, words, folder)
        if code == 3:  # the reader has trained before
            trained = [word for word in words if TRAINED_BY.match(word.lstrip("+'\""))]
            code, said = self.pipeline("train", trained, folder)
            if code == 0:
                code, said = self.pipeline(name, words, folder)
        return "" if code == 0 else f"exit code {code}: {said}"

    def _campaign(self, words: list[str], folder: Path) -> None:
        """Make a campaign that is over by the end of the log."""
        known = [word for word in words if re.match(r"source|value", word)]
        log = compose(known, self.conf).source.path or ""
        early = "as_of=1997-12-31" if "cdnow" in log else "as_of=2017-10-31"
        self._run("act", [*self._small_words([*known, early], folder), "quiet=true"], folder)

    def pipeline(self, name: str, words: Sequence[str], folder: Path) -> tuple[int, str]:
        """Run a pipeline in this process, as from the command line in a folder; return its exit code and words."""
        if "engine=spark" in words:
            return _on_spark(name, words, folder)
        said, before = io.StringIO(), sys.argv
        sys.argv = [f"{name}.py", *words]
        try:
            with chdir(folder), self._small(), redirect_stdout(said), redirect_stderr(said):
                runpy.run_path(str(ROOT / "pipelines" / f"{name}.py"), run_name="__main__")
        except SystemExit as left:
            return int(left.code or 0), said.getvalue()[-1500:]
        finally:
            sys.argv = before
        return 0, said.getvalue()

    @contextmanager
    def _small(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(setia.config, "_conf_folder", lambda: self.conf)
            yield

    def _small_words(self, words: Sequence[str], folder: Path) -> list[str]:
        """Return the settings with paths that lie in the folder, days of the log, and a store of its own."""
        found = [_moved(word, folder) for word in words]
        settings = {key: value for key, _, value in (word.partition("=") for word in found)}
        settings = {key: value.strip("'\"") for key, value in settings.items()}
        provide(settings, folder)
        if "tracking.uri" not in settings:
            log = [
                f"{key}={value}" for key, value in sorted(settings.items()) if re.match(r"source|as_of|horizon", key)
            ]
            own = self._own_log(found, folder)
            mark = hashlib.sha256(" ".join([*log, own]).replace(str(folder), "").encode()).hexdigest()[:12]
            found.append(f"tracking.uri=sqlite:///{self._store(self.home / 'stores' / mark)}")
        return found

    def _store(self, folder: Path) -> Path:
        """Return a database for a log; MLflow takes seconds to make its tables, so they are copied."""
        path = folder / "mlflow.db"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.home / "tables.db", path)
        return path

    def _own_log(self, words: Sequence[str], folder: Path) -> str:
        """Return a mark of the log that a page has written itself: two pages may call theirs alike."""
        path = next((word.partition("=")[2] for word in words if word.startswith("source.path=")), "")
        files = sorted(folder.glob(path)) if path and not path.startswith("/") else []
        digest = hashlib.sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()
        return f" {digest[:12]}" if files else ""


def _note_instead_of_running(home: Path) -> None:
    """Make a folder of programs for make in which Python notes what pipeline it was to run."""
    note = f"import json, sys; open('{home}/asked.json', 'w').write(json.dumps(sys.argv[1:]))"
    script = f"""#!/bin/sh
case "$1" in pipelines/*) exec '{sys.executable}' -c "{note}" "$@" ;; esac
exec '{sys.executable}' "$@"
"""
    (home / "bin").mkdir()
    (home / "bin" / "python").write_text(script, encoding="utf-8")
    (home / "bin" / "python").chmod(0o755)
    (home / "stamp").write_text(f"{ROOT}\n", encoding="utf-8")


def _on_spark(name: str, words: Sequence[str], folder: Path) -> tuple[int, str]:
    """Run a pipeline in a process of its own, since a Spark that has been started stays; needs Java."""
    small = [*QUICK, "engine.memory_limit=2GB", "score.max_age_days=null"]
    command = [sys.executable, str(ROOT / "pipelines" / f"{name}.py"), *words, *small]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=400)
    return done.returncode, done.stderr[-1500:]


def _moved(word: str, folder: Path) -> str:
    """Return a setting whose absolute path lies below the folder instead."""
    key, sign, value = word.partition("=")
    if value.startswith("/"):
        (folder / value[1:]).parent.mkdir(parents=True, exist_ok=True)
        return f"{key}{sign}{folder}{value}"
    return word


def _files(folder: Path) -> dict[Path, int]:
    found = {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    return {path: time for path, time in found.items() if path.parts[0] not in (".venv", "deploy")}


def _copy(paths: Iterable[Path], source: Path, target: Path) -> None:
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / path, target / path)


def _shell(command: str, folder: Path) -> str:
    where = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PATH": where},
    )
    return "" if done.returncode == 0 else f"exit code {done.returncode}: {done.stderr[-500:]}"


def _make_small(conf: Path, home: Path) -> None:
    """Let a copy of conf/ train in a second or two, on small logs in place of the samples, however old they are."""
    quick = {"n_estimators": 20, "num_leaves": 7, "min_child_samples": 10, "learning_rate": 0.1, "n_jobs": 1}
    for part in ("classifier", "regressor"):
        _change(conf / part / "lightgbm.yaml", {"estimator": quick})
    _change(conf / "cutoffs" / "default.yaml", {"count": 2})
    _change(conf / "engine" / "duckdb.yaml", {"threads": 1})
    _change(conf / "score" / "default.yaml", {"max_age_days": None})
    _change(conf / "tune" / "default.yaml", {"trials": 2})
    _change(conf / "backtest" / "default.yaml", {"count": 1})
    _change(conf / "source" / "simulated.yaml", {"world": {"customers": 300, "days": 400, "acquisition_days": 150}})
    for name in ("complete_journey", "cdnow"):
        _change(conf / "source" / f"{name}.yaml", {"kind": "files", "path": str(home / f"{name}.csv")})


def _change(path: Path, changes: dict[str, Any]) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
