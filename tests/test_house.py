"""The outer walls: layout, sizes, the lock, the Makefile, light imports, and no skip unnoticed in CI."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from setia.config import compose

LAYOUT = """
    Makefile README.md pyproject.toml requirements.lock DECISIONS.md CHANGELOG.md CONTRIBUTING.md LICENSE
    .ci/run .pre-commit-config.yaml .gitignore conf/config.yaml pipelines src/setia notebooks models/README.md
    tests benchmarks
""".split()  # noqa: SIM905
#: Packages that take long to import; a module of ours imports them inside the function that needs them.
HEAVY = """
    dask distributed duckdb hydra lightgbm matplotlib mlflow omegaconf optuna pandas polars pyarrow pyspark rich sklearn
    skops sqlalchemy
""".split()  # noqa: SIM905
TEXTS = {".py", ".toml", ".yaml", ".yml", ".md", ".ipynb", ".lock", ".json", ".csv", ".txt", ".cfg", ""}
# Spelt so that this file does not hold what it looks for.
PRIVATE = re.compile(
    r"(?<![\w.~-])/(?:wor" + r"k/|roo" + r"t/|hom" + r"e/\w|User" + r"s/\w|tmp/en" + r"v\b|op" + r"t/pypi)"
    r"|pypi\." + r"org|pytho" + r"nhosted"
)


def texts(root: Path) -> Iterator[Path]:
    """Yield the files of the repository that Git keeps or would keep."""
    if not (root / ".git").exists():
        pytest.skip("this is no Git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        path = root / name
        if name and path.suffix in TEXTS and path.is_file():
            yield path


@pytest.mark.parametrize("name", LAYOUT)
def test_the_house_has_its_rooms(root: Path, name: str) -> None:
    assert (root / name).exists()


@pytest.mark.parametrize(("folder", "limit"), [("pipelines", 60), ("src", 300)])
def test_files_stay_small(root: Path, folder: str, limit: int) -> None:
    lengths = {
        str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (root / folder).rglob("*.py")
    }
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > limit} == {}


def test_every_package_of_the_lock_has_a_version_and_hashes(root: Path) -> None:
    lock = (root / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n", "", lock).strip())
    assert len(blocks) > 100
    bad = [block for block in blocks if not re.match(r"[\w.-]+==\S+ .*\\\n +--hash=sha256:", block)]
    assert bad == []


def test_the_lock_names_no_address(root: Path) -> None:
    lock = (root / "requirements.lock").read_text()
    assert re.findall(r"(?m)^.*(?:://|file:|--index|--extra-index|--find-links| @ ).*$", lock) == []


def test_no_file_names_a_machine_or_a_registry(root: Path) -> None:
    found = {
        str(path.relative_to(root)): match.group()
        for path in texts(root)
        if (match := PRIVATE.search(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


def test_what_that_looks_for_is_found() -> None:
    for text in ("see /wor" + "k/main", "'/hom" + "e/ann/log.csv'", "https://pypi." + "org/simple"):
        assert PRIVATE.search(text)
    for text in ("src/wor" + "k/x", "~/hom" + "e", "https://example.com/wor" + "k/x", "2/wor" + "k/"):
        assert not PRIVATE.search(text)


def help_targets(root: Path) -> list[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    shown = subprocess.run(["make"], cwd=root, capture_output=True, text=True, check=True, env=environment)
    assert "\033" not in shown.stdout  # no colour where nobody looks
    assert max(map(len, shown.stdout.splitlines())) <= 120
    return re.findall(r"(?m)^  ([a-z-]+)  +\S", shown.stdout)


def test_bare_make_shows_every_target(root: Path) -> None:
    phony = re.search(r"(?m)^\.PHONY: (.*)$", (root / "Makefile").read_text())
    assert phony is not None
    assert help_targets(root) == [name for name in phony.group(1).split() if name != "anew"]


def test_the_targets_are_grouped_by_who_uses_them(root: Path) -> None:
    groups = re.findall(r"(?ms)^##@ (.*?)\n(.*?)(?=^##@|^# ----)", (root / "Makefile").read_text())
    told = {name: re.findall(r"(?m)^([a-z-]+):.* ## ", text) for name, text in groups}
    assert list(told) == ["Start", "Data scientist", "Batch job", "Retention manager", "Developer"]
    assert {"define", "train", "tune", "backtest"} <= set(told["Data scientist"])
    assert told["Batch job"] == ["score", "alert"]
    assert {"report", "customer", "retention", "segments", "act", "readback"} <= set(told["Retention manager"])


@pytest.fixture(scope="module")
def made(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our Makefile, the Python of the tests, and a pipeline that tells what it was given."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copy(root / "Makefile", folder)
    for name in ("requirements.lock", "pyproject.toml"):
        (folder / name).touch()
        os.utime(folder / name, (0, 0))  # older than the stamp, however coarse the clock
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "customer.py").write_text("import json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (folder / ".venv" / ".stamp").write_text(f"{folder.resolve()}\n")
    return folder


def make_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize(
    "customer",
    [
        *("00123", "null", "-x", "a b", "O'Neil", "x,y=z", '"a;b&c|d"#~*!', "$HOME $$ x$", "$(ID)$(shell exit 9)`id`"),
        *("${oc.env:HOME}${", "back\\slash\\", "()", "日本"),
    ],
)
def test_an_id_reaches_the_pipeline_as_it_was_written(customer: str, made: Path) -> None:
    done = make_in(made, "customer", f"ID={customer}", "ARGS=source=cdnow 'source.path=a b'")
    assert done.stderr == ""
    asked, *others = json.loads(done.stdout)
    assert str(compose([asked]).customer.id) == customer
    assert others == ["source=cdnow", "source.path=a b"]


def test_without_an_id_make_says_so(made: Path) -> None:
    done = make_in(made, "customer", "ARGS=source=cdnow")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "Say which customer, as the log writes it: make customer ID=17850" in done.stderr


def test_every_stage_of_the_makefile_has_its_pipeline(root: Path) -> None:
    recipes = re.findall(
        r"(?m)^([a-z-]+):.*\n(?:\t@asked=.*\n)?\t@?\$\(BIN\)/python pipelines/(\S+)\.py",
        (root / "Makefile").read_text(),
    )
    stages = {target for target, _ in recipes}
    assert {"features", "train", "score"} <= stages
    assert all(target == script for target, script in recipes)
    assert stages == {path.stem for path in (root / "pipelines").glob("*.py") if path.stem != "__init__"}


def test_importing_a_module_of_ours_imports_nothing_heavy(root: Path) -> None:
    modules = sorted(
        ".".join(path.relative_to(root / "src").with_suffix("").parts).removesuffix(".__init__")
        for path in (root / "src" / "setia").rglob("*.py")
    )
    script = (
        "import importlib, json, sys\n"
        "modules, heavy = json.loads(sys.argv[1])\n"
        "blame, seen = {}, set()\n"
        "for module in modules:\n"
        "    importlib.import_module(module)\n"
        "    if new := [name for name in heavy if name in sys.modules and name not in seen]:\n"
        "        blame[module] = new\n"
        "        seen.update(new)\n"
        "print(json.dumps(blame))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps([modules, HEAVY])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {}


def test_in_ci_a_skip_is_a_failure_unless_development_data_are_absent(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_file.py").write_text("import pytest\npytest.importorskip('no_such_package')\n")
    (tmp_path / "test_single.py").write_text(
        "import pytest\n"
        "def test_passes(): pass\n"
        "def test_skips(): pytest.skip('no server here')\n"
        "@pytest.mark.skipif(True, reason='no sample')\n"
        "def test_mark(): pass\n"
        "def test_development(shared_data): pass\n"
        "@pytest.mark.xfail\n"
        "def test_expected(): raise ValueError\n"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # quicker, and none is needed
    closing = {}
    for ci in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=environment | {"SETIA_CI": ci},
        )
        closing[ci] = done.stdout.splitlines()[-1].split(" in ")[0]
    assert closing == {
        "0": "1 passed, 4 skipped, 1 xfailed",
        "1": "1 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors",
    }
