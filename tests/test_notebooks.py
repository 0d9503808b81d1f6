"""The notebooks: they run from top to bottom on a log like one of yours, and nothing of a run is committed."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from pyarrow import csv

from setia.simulate import World, simulate
from setia.timeline import date_of

NOTEBOOKS = ("01_explore_a_log", "02_look_into_the_model", "03_one_customer")
FIGURES = {"01_explore_a_log": 5, "02_look_into_the_model": 5, "03_one_customer": 1}
FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
#: What a notebook may import: it calls setia and looks at what comes back.
ALLOWED = {"setia", "pandas", "matplotlib", "numpy", "os", "pathlib", "datetime"}


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


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_from_top_to_bottom(
    name: str, small_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETIA_NOTEBOOK_LOG", str(small_csv))
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    for variable in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    os.environ.pop("MPLBACKEND", None)
    found = notebook(name)
    client = NotebookClient(found, timeout=180, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()  # a cell that fails raises, with the cell and its traceback
    outputs = [output for cell in found.cells if cell.cell_type == "code" for output in cell.outputs]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    said = [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    assert len(pictures) == FIGURES[name]
    assert said == []  # no warning: readers take them for faults of their own
    if name.startswith("01"):
        printed = "".join(output.text for output in outputs if output.output_type == "stream")
        assert printed.startswith(
            "2 of "
        )  # the impossible date and the amount that is none; nobody's row is not blamed
