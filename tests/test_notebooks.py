"""The notebooks: they run from top to bottom on a log like one of yours, and nothing of a run is committed."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from pyarrow import csv

from setia.simulate import World, simulate
from setia.timeline import date_of

#: Each with the figures that it draws as cells of their own.
FIGURES = {
    "01_explore_a_log": 5,
    "02_choose_a_definition": 3,
    "03_look_into_the_model": 5,
    "04_one_customer": 0,
    "05_plan_a_campaign": 2,
    "06_bring_your_own_log": 1,
}
NOTEBOOKS = tuple(FIGURES)
FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
#: What a notebook may import: it calls setia and looks at what comes back.
ALLOWED = {"setia", "pandas", "matplotlib", "numpy", "os", "pathlib", "tempfile", "datetime"}


def notebook(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def code(cell: Any) -> str:
    return re.sub(r"(?m)^[%!].*$", "", cell.source)


@pytest.fixture(scope="module")
def small_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world's log as a shop would export it, with a few rows that break the contract."""
    world = World(customers=350, days=300, acquisition_days=250, purchases_per_year=14.0, seed=4)
    lines = simulate(world).lines
    path = tmp_path_factory.mktemp("notebooks") / "small.csv"
    dates = lines.column("day").to_pylist()
    table = lines.set_column(lines.column_names.index("day"), "timestamp", [[str(date_of(day)) for day in dates]])
    csv.write_csv(table, path)
    header = path.read_text(encoding="utf-8").split("\n", 1)[0].replace('"', "").split(",")
    odd = {"customer_id": "c1", "timestamp": "1899-12-30", "amount": "5", "order_id": "odd"}
    with path.open("a", encoding="utf-8") as file:
        for changes in ({}, {"customer_id": ""}, {"timestamp": "2022-05-05", "amount": "much"}):
            file.write(",".join((odd | changes).get(name, "") for name in header) + "\n")
    return path


def test_every_notebook_is_known_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_output_is_committed_and_every_cell_has_a_name_of_its_own(name: str) -> None:
    found = notebook(name)
    nbformat.validate(found)
    assert [
        cell.id for cell in found.cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)
    ] == []
    names = [cell.id for cell in found.cells]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z-]+", one) for one in names)  # given by hand, so that they stay
    assert set(found.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_calls_setia_and_looks(name: str) -> None:
    imported, defined = set(), []
    for cell in notebook(name).cells:
        for node in ast.walk(ast.parse(code(cell))) if cell.cell_type == "code" else ():
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.While | ast.If):
                defined.append(ast.unparse(node))
    assert "setia" in imported
    assert {module.split(".")[0] for module in imported} <= ALLOWED
    assert not any(module.startswith("setia.") for module in imported)  # the public door only
    assert defined == []


def executed(name: str, log: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a notebook on a log; a cell that fails raises, with the cell and its traceback."""
    monkeypatch.setenv("SETIA_NOTEBOOK_LOG", str(log))
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(variable, str(folder / variable.lower()))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    found = notebook(name)
    return NotebookClient(found, timeout=180, resources={"metadata": {"path": str(folder)}}).execute()


def check_01(said: dict[str, str], pages: dict[str, str]) -> None:
    # the impossible date and the amount that is none; nobody's row is not blamed
    assert said["refused"].startswith("2 of ")
    assert "Log small" in pages["read"]


def check_02(said: dict[str, str], pages: dict[str, str]) -> None:
    assert "advice" in pages["define"]
    assert "partial, half" in pages["table"]


def check_03(said: dict[str, str], pages: dict[str, str]) -> None:
    assert "the best rule" in pages["train"]


def check_04(said: dict[str, str], pages: dict[str, str]) -> None:
    for name in ("card", "another"):
        assert re.search(r"<img [^>]*src=.data:image/", pages[name])
        assert "What to do" in pages[name]


def check_05(said: dict[str, str], pages: dict[str, str]) -> None:
    assert "leave alone" in pages["plan"]
    # nobody was contacted, and no effect is claimed
    assert "There is no evidence that the campaign pays, nor that it harms" in pages["read-back"]


def check_06(said: dict[str, str], pages: dict[str, str]) -> None:
    assert 'its columns are Klant, Datum, Bedrag. Say which one it is with customer_id="NAME"' in said["names"]
    assert "Set day_first=True for 31/12/2010" in said["dates"]
    assert "or raise max_quarantine_share" in said["too-many"]
    assert "14 of 1,220 rows" in pages["whole"]
    assert said["frames"] == "True"
    assert "Log small" in pages["yours"]


CHECKS = {"01": check_01, "02": check_02, "03": check_03, "04": check_04, "05": check_05, "06": check_06}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_from_top_to_bottom(
    name: str, small_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [cell for cell in executed(name, small_csv, tmp_path, monkeypatch).cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == FIGURES[name]
    # no warning: readers take them for faults of their own
    assert [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    said, pages = {}, {}
    for cell in cells:
        texts = [output.get("text") or output.data.get("text/plain", "") for output in cell.outputs]
        said[cell.id] = "".join(texts)
        pages[cell.id] = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
    CHECKS[name[:2]](said, pages)
    left = {path.name for path in tmp_path.iterdir()} - {"ipythondir", "jupyter_runtime_dir", "mplconfigdir"}
    assert left == set()  # nothing is written beside the notebook
