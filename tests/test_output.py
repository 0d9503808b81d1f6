"""Files that appear whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from setia.errors import InputError, LockedError
from setia.output import UNFINISHED, locked, sweep, written


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with written(path) as unfinished:
        unfinished.write_text("whole")
        assert not path.exists()
        assert unfinished.parent == path.parent
        assert unfinished.name.endswith(UNFINISHED)
    assert path.read_text() == "whole"
    assert names(path.parent) == {"a.txt"}


def test_a_failing_block_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with written(path) as unfinished:
            unfinished.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert names(tmp_path) == {"a.txt"}


def test_a_long_name_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 200 + ".parquet")
    with locked(path), written(path) as unfinished:
        unfinished.write_text("whole")
    assert path.read_text() == "whole"


def test_a_link_is_followed(tmp_path: Path) -> None:
    target = tmp_path / "there" / "a.txt"
    target.parent.mkdir()
    (tmp_path / "link.txt").symlink_to(target)
    with written(tmp_path / "link.txt") as unfinished:
        unfinished.write_text("whole")
    assert target.read_text() == "whole"
    assert (tmp_path / "link.txt").is_symlink()


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"), written(tmp_path / "file" / "a.txt"):
        pass
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / "file" / "a.txt"):
        pass


def test_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with locked(path):
        with pytest.raises(LockedError, match=r"Another run is writing .*a\.txt"), locked(path):
            pass
        with locked(tmp_path / "b.txt"):
            pass
    with locked(path):
        pass


def _die_holding(path: Path) -> None:
    with locked(path), written(path) as unfinished:
        unfinished.write_text("half")
        os._exit(9)


def test_a_lock_ends_with_its_process_and_the_next_run_clears_up(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    dead = multiprocessing.get_context("spawn").Process(target=_die_holding, args=(path,))
    dead.start()
    dead.join()
    assert dead.exitcode == 9
    assert [name for name in names(tmp_path) if name.endswith(UNFINISHED)]
    with locked(tmp_path / "other.txt"):
        assert [name for name in names(tmp_path) if name.endswith(UNFINISHED)]
    with locked(path):
        assert not [name for name in names(tmp_path) if name.endswith(UNFINISHED)]
    assert not path.exists()


def test_a_sweep_takes_only_its_own(tmp_path: Path) -> None:
    owner, stranger = tmp_path / "a.txt", tmp_path / "b.txt"
    elsewhere = tmp_path / "kept"
    with written(elsewhere / "x", owner) as mine, written(elsewhere / "y", stranger) as theirs:
        mine.write_text("mine")
        theirs.write_text("theirs")
        (elsewhere / "z.part").write_text("a user's own")
        sweep(elsewhere, owner)
        assert names(elsewhere) == {theirs.name, "z.part"}
        mine.write_text("again")
    sweep(tmp_path / "missing", owner)
