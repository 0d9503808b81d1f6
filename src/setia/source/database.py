"""`source=database`: any database that SQLAlchemy reaches, streamed in batches into the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.errors import InputError
from setia.source.settings import SourceSettings
from setia.source.staged import FILE, LINE_HASH, ROW, Column, Origin, Staged
from setia.source.text import ident, listing, nearest

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

    from setia.engine import DuckEngine

BATCH: Final = 50_000


@dataclass
class _Kinds:
    """What the values of each column have been so far: whole, number, or text (all else)."""

    seen: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, kind: str | None) -> None:
        before = self.seen.get(name)
        if kind is None or kind == before:
            return
        mixed = {before, kind} == {"whole", "number"}
        self.seen[name] = kind if before is None else "number" if mixed else "text"

    def dtype(self, name: str) -> str:
        return {"whole": "BIGINT", "number": "DOUBLE"}.get(self.seen.get(name, "text"), "VARCHAR")


def open_database(settings: SourceSettings, engine: DuckEngine) -> Origin:
    """Connect, and look at the columns of the table or query.

    Raises:
        InputError: the URL, driver, password, table or query is wrong; the password is never shown.
    """
    if not settings.url:
        raise InputError("source=database needs source.url, such as sqlite:///shop.db or postgresql+psycopg://...")
    if bool(settings.table) == bool(settings.query):
        raise InputError("source=database needs one of source.table=NAME and source.query='select ...'.")
    database = _connect(settings.url)
    where = f"{'table ' + settings.table if settings.table else 'the query'} of {_shown(database.url)}"
    try:
        columns = _columns(database, settings)
    except BaseException:
        database.dispose()
        raise

    def stage(names: tuple[str, ...], hashed: bool) -> Staged:
        return _stage(database, settings, engine, names, columns if hashed else None)

    name = (settings.table or "query").split(".")[-1].lower()
    return Origin(name, where, (settings.table or "query",), columns, stage, close=database.dispose)


def _shown(url: sa.engine.URL) -> str:
    return str(url.render_as_string(hide_password=True))


def _connect(text: str) -> sa.Engine:
    import sqlalchemy as sa

    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as error:
        # the library's message may repeat the text, and with it the password
        raise InputError(
            "source.url is no database URL; write DIALECT+DRIVER://USER:PASSWORD@HOST:PORT/NAME, such as "
            "postgresql+psycopg://me:secret@localhost:5432/shop, or sqlite:///shop.db."
        ) from error
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        _check_file(Path(url.database))
    try:
        return sa.create_engine(url)
    except (sa.exc.NoSuchModuleError, ImportError) as error:
        raise InputError(
            f"source.url={_shown(url)} needs a database driver that is not installed ({error}); install it with pip."
        ) from error


def _check_file(path: Path) -> None:
    """Refuse a SQLite file that does not exist: the driver would make an empty one."""
    if path.exists():
        return
    close = nearest(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else None
    hint = f" Did you mean {path.parent / close}?" if close else ""
    raise InputError(f"The database file {path} of source.url does not exist.{hint}")


def _sentence(error: Exception, database: sa.Engine, doing: str) -> InputError:
    origin = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(origin).splitlines() if line.strip()]
    text = " ".join(lines)[:300].rstrip(".") or type(origin).__name__
    if database.url.password:
        text = text.replace(str(database.url.password), "***")
    return InputError(
        f"{_shown(database.url)} cannot be {doing}: {text}. Check source.url (address, name, user, password) and "
        f"what the user may read."
    )


def _statement(settings: SourceSettings, names: tuple[str, ...] | None) -> sa.Executable:
    import sqlalchemy as sa

    if settings.query:
        return sa.text(settings.query.strip().rstrip(";"))
    schema, _, table = (settings.table or "").rpartition(".")
    return sa.select(*map(sa.column, names or ())).select_from(sa.table(table, schema=schema or None))


def _columns(database: sa.Engine, settings: SourceSettings) -> tuple[str, ...]:
    import sqlalchemy as sa

    try:
        with database.connect() as connection:
            if settings.table:
                return _table_columns(sa.inspect(connection), settings.table, _shown(database.url))
            result = connection.execution_options(stream_results=True).execute(_statement(settings, None))
            names = tuple(result.keys())
            result.close()
            return names
    except (sa.exc.SQLAlchemyError, UnicodeError) as error:
        raise _sentence(error, database, "read") from error
    except ImportError as error:
        raise InputError(
            f"source.url={_shown(database.url)} needs a database driver that is not installed ({error}); install it "
            f"with pip."
        ) from error


def _table_columns(inspector: sa.Inspector, name: str, shown: str) -> tuple[str, ...]:
    import sqlalchemy as sa

    schema, _, table = name.rpartition(".")
    try:
        return tuple(column["name"] for column in inspector.get_columns(table, schema=schema or None))
    except sa.exc.NoSuchTableError as error:
        tables = [*inspector.get_table_names(schema=schema or None), *inspector.get_view_names(schema=schema or None)]
        close = nearest(table, tables)
        hint = f" Did you mean {close}?" if close else ""
        raise InputError(
            f"{shown} has no table source.table={name}; its tables and views are {listing(tables) or 'none'}.{hint}"
        ) from error


def _stage(
    database: sa.Engine,
    settings: SourceSettings,
    engine: DuckEngine,
    names: tuple[str, ...],
    whole: tuple[str, ...] | None,
) -> Staged:
    """Stream the lines into a table of text; columns that held numbers alone come out as numbers.

    `whole` names all columns when lines are to be compared whole.
    """
    connection = engine.connection
    fetched = whole or names
    table, kinds = "setia_staged", _Kinds()
    columns_sql = ", ".join(f"{ident(name)} varchar" for name in fetched)
    connection.execute(f"drop table if exists {table}")
    connection.execute(f"create temp table {table} ({columns_sql}, {FILE} integer default 0)")
    for batch in _batches(database, settings, fetched, kinds):
        connection.register("setia_batch", batch)
        connection.execute(f"insert into {table} by name select * from setia_batch")
        connection.unregister("setia_batch")
    if whole:
        connection.execute(f"alter table {table} add column {LINE_HASH} ubigint")
        connection.execute(f"update {table} set {LINE_HASH} = hash({', '.join(map(ident, whole))})")
    columns = tuple(Column(name, kinds.dtype(name)) for name in names)
    typed = ", ".join(f"try_cast({ident(c.name)} as {c.dtype}) as {ident(c.name)}" for c in columns)
    return Staged(f"(select {typed}, {FILE}, rowid as {ROW} from {table})", columns, table)


def _batches(
    database: sa.Engine, settings: SourceSettings, names: tuple[str, ...], kinds: _Kinds
) -> Iterator[pa.Table]:
    import pyarrow as pa
    import sqlalchemy as sa

    try:
        with database.connect() as connection:
            options = connection.execution_options(stream_results=True, yield_per=BATCH)
            result = options.execute(_statement(settings, names))
            where = {name: at for at, name in enumerate(result.keys())}
            for rows in result.partitions():
                values = list(zip(*rows, strict=True))
                yield pa.table({name: _texts(values[where[name]], name, kinds) for name in names})
    except sa.exc.SQLAlchemyError as error:
        raise _sentence(error, database, "read to its end") from error


def _texts(values: tuple[Any, ...], name: str, kinds: _Kinds) -> pa.Array:
    """Return the values of one batch of one column as text, and note what they were."""
    import pyarrow as pa

    try:
        array = pa.array(values)
        plain = not (pa.types.is_binary(array.type) or pa.types.is_nested(array.type))
        texts = array.cast(pa.string()) if plain else None
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        texts = None
    if texts is None:
        kinds.note(name, "text")
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    kind = None if pa.types.is_null(array.type) else "text"
    if pa.types.is_integer(array.type):
        kind = "whole"
    elif pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        kind = "number"
    kinds.note(name, kind)
    return texts
