"""What the definitions of defection mean, in words for people of any language that Setia speaks."""

from __future__ import annotations

from setia.defection.any_of import AnyOf
from setia.defection.category import Category
from setia.defection.definition import Definition
from setia.defection.partial import Partial
from setia.defection.rhythm import Rhythm
from setia.defection.silence import Silence


def words_in(definition: Definition, language: str) -> str:
    """Return what it means to defect, in a sentence for people; `language` is a code of `setia.languages`.

    A definition that comes from elsewhere speaks its own language.
    """
    return definition.words if language == "en" else _indonesian(definition)


def _indonesian(definition: Definition) -> str:
    match definition:
        case Silence():
            return "tidak ada pembelian selama horizon"
        case Rhythm():
            usual = _per_cent(1.0 - definition.surprise)
            return f"tidak berbelanja lebih lama daripada {usual} jeda dalam ritme belanja pelanggan itu sendiri"
        case Partial():
            what = {"visits": "kunjungan", "spend": "nilai belanja"}[definition.measure]
            return f"{what} selama horizon di bawah {_per_cent(definition.share)} dari perkiraan bagi pelanggan itu"
        case Category():
            return "kategori yang biasa dibeli tidak dibeli lagi selama horizon, tetapi kategori lain masih"
        case AnyOf():
            return "; atau ".join(_indonesian(each) for each in definition.of)
    return definition.words


def _per_cent(share: float) -> str:
    return f"{100 * share:g} %".replace(".", ",")
