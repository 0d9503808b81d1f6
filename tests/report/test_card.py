"""The card for people: one calm screen, a figure, a page of its own, tables; in both languages."""

from __future__ import annotations

import base64
import io
import re
import sys
from dataclasses import replace
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import pytest
from small_cards import ODD, customers, made, partial, purchases, revenue, usual
from test_end_to_end import pipeline

from setia.card import Card
from setia.card.parts import Advice, Ahead
from setia.errors import LockedError
from setia.languages import LANGUAGES
from setia.output import locked
from setia.progress import Progress
from setia.report import card_facts as facts
from setia.report.card import figure, html, show, table, text, timeline, write
from setia.report.card_picture import ASCII, BLOCKS, MARGIN, ROWS, picture
from setia.report.card_words import WORDS
from setia.timeline import date_of

SOME = [*customers()[::12], ODD]


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_language_has_the_same_words_with_the_same_gaps() -> None:
    assert set(WORDS) == set(LANGUAGES)
    for language, words in WORDS.items():
        assert {key: gaps(said) for key, said in words.items()} == {
            key: gaps(said) for key, said in WORDS["en"].items()
        }, language


@pytest.mark.parametrize("who", SOME)
def test_the_screen_is_narrow_and_plain(who: str) -> None:
    card = usual(who)
    for width, plain in ((80, False), (80, True), (50, False)):
        said = text(card, width, plain)
        assert max(map(len, said.splitlines())) <= width
        assert said.isascii() or not plain
        assert "\x1b" not in said
    screen = " ".join(text(card).split())
    for each in (*facts.so_far(card), *facts.to_come(card)):
        assert each.said in screen
    assert len(text(card).splitlines()) <= 40
    for sentence in (facts.next_purchase(card), *card.score.reasons, *facts.what_to_do(card)[1]):
        assert " ".join(sentence.split()) in screen


@pytest.mark.parametrize("who", SOME)
@pytest.mark.parametrize("signs", [ASCII, BLOCKS], ids=["ascii", "blocks"])
def test_the_picture_shows_the_curve_and_every_purchase(who: str, signs: str) -> None:
    card = usual(who)
    drawn = picture(card, 80, signs == ASCII)
    assert len(drawn.alive) == ROWS
    columns = len(drawn.bought)
    assert columns <= 80 - MARGIN
    assert {len(line) for line in drawn.alive} == {columns}
    assert set("".join(drawn.alive) + drawn.bought) <= set(signs)
    filled = sum(signs.index(line[-1]) for line in drawn.alive) / (ROWS * (len(signs) - 1))
    assert filled == pytest.approx(card.alive.p[-1], abs=1 / (ROWS * (len(signs) - 1)))
    days = card.tenure_days + 1
    marked = {place for place, sign in enumerate(drawn.bought) if sign != " "}
    assert marked == {int(day - card.first_day) * columns // days for day in card.days.bought}
    assert len(drawn.axis) <= 80 - MARGIN


def test_months_stand_where_they_begin() -> None:
    card = max((usual(who) for who in SOME), key=lambda each: each.tenure_days)
    axis = picture(card, 80, ascii=False).axis
    columns = len(picture(card, 80, ascii=False).bought)
    found = list(re.finditer(r"[A-Z][a-z]{2}|\d{4}", re.sub(r"(?<=[a-z]) \d{4}", "", axis)))
    assert len(found) >= 2
    place = axis.index(found[-1].group())
    day = date_of(card.first_day + place * (card.tenure_days + 1) // columns + 1)
    assert abs(day.day - 1) <= 4 or day.day >= 27


def with_ahead(card: Card, *chances: tuple[int, float]) -> Card:
    """Return the card with other chances from some days on."""
    chance = card.ahead.chance.copy()
    chance[:] = 0.0
    for day, value in chances:
        chance[day:] = value
    return replace(card, ahead=Ahead(card.as_of, chance))


def test_the_next_purchase_is_told_without_a_promise() -> None:
    card = usual("c01")
    soon = facts.next_purchase(with_ahead(card, (1, 0.2), (5, 0.6), (30, 0.9)))
    assert soon == f"Even chance of a purchase by {facts.Say(card).day(card.as_of + 5)}; 90 % within 30 days."
    later = facts.next_purchase(with_ahead(card, (1, 0.31), (40, 0.6)))
    assert later.startswith("Less than an even chance within 30 days: 31 %. Beyond them nothing has been judged;")
    never = facts.next_purchase(with_ahead(card, (1, 0.31), (300, 0.45)))
    assert never == "Less than an even chance of a purchase within a year: 31 % within 30 days."
    gone = facts.next_purchase(with_ahead(card, (1, 0.001), (300, 0.02)))
    assert gone == "No purchase is to be expected: under 1 % within 30 days, 2 % within a year."
    assert facts.Say(card).chance(1.0) == "over 99 %"


def test_what_contradicts_is_told() -> None:
    card = usual("c01")
    given_up = replace(card, score=replace(card.score, p_alive=0.01, p_none=0.4))
    assert "chance of being a customer still is 1 %" in text(given_up)
    assert facts.doubt(replace(card, score=replace(card.score, p_alive=0.7, p_none=0.4))) == ""


def test_who_is_not_covered_is_told_so_in_words() -> None:
    card = next(found for who in customers() if not (found := made(who, partial())).score.covered)
    said = " ".join(text(card).split())
    assert "The definition partial does not cover this customer" in said
    assert "which does not mean loyal" in said
    shown = {each.key: each for each in facts.to_come(card)}
    assert (shown["defect"].value, shown["defect"].said, shown["risk"].said) == (None, "not covered", "not covered")
    assert "does not cover" in html(card)


def test_without_money_none_is_told() -> None:
    card = made("c01", purchases())
    said = text(card)
    assert "EUR" not in said
    assert "profit" not in said
    assert "this model counts purchases, not money" in " ".join(said.split())
    assert {"money", "yearly", "value"}.isdisjoint(each.key for each in (*facts.so_far(card), *facts.to_come(card)))
    assert figure(card).axes


@pytest.mark.parametrize("action", ["contact", "refrain", "serve", "grow", "welcome", "spare", "reprice", "part"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_advised_has_words(action: str, language: str) -> None:
    card = usual("c01")
    advised = replace(card, language=language, advice=Advice(action, card.advice.contact))  # type: ignore[arg-type]
    head, sentences = facts.what_to_do(advised)
    assert head == WORDS[language][action]
    assert len(sentences) >= 2
    assert "{" not in head + "".join(sentences)


def test_a_contact_that_the_segment_does_not_call_for_is_explained() -> None:
    card = usual("c01")
    contact = replace(card.advice.contact, profit=2.0)  # type: ignore[type-var]
    for segment, more in (("save", 0), ("win_back", 0), ("keep", 1), ("let_go", 1)):
        of = replace(card, advice=Advice("contact", contact), score=replace(card.score, segment=segment))
        assert len(facts.what_to_do(of)[1]) == 2 + more
    assert "The segment let go looks at value and risk alone" in facts.what_to_do(of)[1][1]


def test_indonesian_is_spoken_throughout() -> None:
    card = replace(usual("c01"), language="id")
    assert text(card).startswith("Pelanggan c01  small, per ")
    own = {word for said in WORDS["en"].values() for word in re.findall(r"[a-z]{5,}", said)}
    own -= {word for said in WORDS["id"].values() for word in re.findall(r"[a-z]{5,}", said)}
    shown = text(replace(card, score=replace(card.score, reasons=())))
    assert set(re.findall(r"[a-z]{5,}", shown)) & own <= {"small"}
    assert figure(card).axes[1].get_ylabel() == "peluang"


def test_the_page_holds_all_it_needs_and_nothing_of_the_ids() -> None:
    page = html(usual(ODD))
    assert "<b>\N{SNOWMAN}" not in page
    assert "\x1b" not in page
    assert "&lt;b&gt;" in page
    assert "http" not in re.sub(r"base64,[^\"]*", "", page)
    root = ElementTree.fromstring(re.sub(r"(<img[^>]*)>", r"\1/>", page))
    assert root.tag == "div"
    drawn = base64.b64decode(re.findall(r"data:image/svg\+xml;base64,([^\"]*)", page)[0])
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    for reason in usual("c01").score.reasons:
        assert reason in html(usual("c01"))


@pytest.mark.parametrize("who", SOME)
def test_the_tables_hold_the_numbers(who: str) -> None:
    card = usual(who)
    shown = table(card)
    assert list(shown.columns) == ["fact", "value", "said"]
    values = dict(zip(shown["fact"], shown["value"], strict=True))
    assert values["still a customer"] == card.score.p_alive
    assert values["What to do"] == card.advice.action
    days = timeline(card)
    assert list(days.columns) == ["date", "p_alive", "purchase", "value"]
    assert days["purchase"].sum() == card.purchases
    assert days["date"].is_monotonic_increasing
    assert days["p_alive"].notna().all()
    assert days.loc[days["purchase"], "value"].tolist() == card.days.value[card.days.is_purchase].tolist()


@pytest.mark.parametrize("who", SOME)
def test_the_figure_shows_every_day_and_the_horizon(who: str) -> None:
    card = usual(who)
    below, above = figure(card).axes
    stems = below.collections[0].get_segments()
    assert [tip[1][1] for tip in stems] == card.days.value.tolist()
    ahead, alive = above.get_lines()
    assert alive.get_ydata()[-1] == card.alive.p[-1]
    assert ahead.get_ydata()[-1] == pytest.approx(1 - card.score.p_none)
    assert f"expected in {card.horizon_days} days" in below.texts[0].get_text()


@pytest.mark.parametrize(("name", "begins"), [("card.png", b"\x89PNG"), ("card.svg", b"<?xml")])
def test_the_picture_is_written_whole(name: str, begins: bytes, tmp_path: Path) -> None:
    path = write(usual(ODD), str(tmp_path / "new" / name))
    assert path.read_bytes().startswith(begins)
    assert {each.name for each in path.parent.iterdir()} == {name, f".{name}.lock"}
    with locked(path), pytest.raises(LockedError):
        write(usual("c01"), str(path))


def test_letters_that_the_font_lacks_make_no_noise(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    card = replace(usual("c01"), customer_id="\N{CJK UNIFIED IDEOGRAPH-5BA2}1 $2$")
    write(card, str(tmp_path / "card.png"))
    assert [str(each.message) for each in recwarn if "Glyph" in str(each.message)] == []


@pytest.mark.parametrize("coding", ["ascii", "latin-1", "utf-8"])
def test_any_stream_can_show_it(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(kept, encoding=coding))
    monkeypatch.setenv("NO_COLOR", "1")
    show(usual(ODD), None, Progress(quiet=True))
    sys.stdout.flush()
    said = kept.getvalue()
    assert (b"\xe2\x96\x88" in said) == (coding == "utf-8")
    assert b"\x1b" not in said
    assert b"[red]$x_1$ <b>" in said
    shown = [line.rstrip() for line in said.decode(coding).splitlines()][1:]
    card = text(usual(ODD), 80, ascii=coding != "utf-8").splitlines()
    assert shown[1 : len(card)] == card[1:]
    assert "make act" in "".join(shown[len(card) :])


LOOK = (
    "source=files",
    "source.path=log.csv",
    "model=bundle",
    "source.currency=EUR",
    "engine.threads=1",
    "score.max_age_days=null",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with the log and the model."""
    from makers import write_csv
    from small_cards import rows

    folder = tmp_path_factory.mktemp("home")
    revenue().save(folder / "bundle")
    write_csv(folder / "log.csv", rows(), tuple(dict.fromkeys(("amount", *revenue().facts.columns))))
    return folder


def test_the_pipeline_shows_one_customer(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert pipeline(home, "customer", *LOOK, "customer.id=c01", "customer.output=c01.svg") == 0
    said = capfd.readouterr()
    assert "Customer c01" in said.out
    assert "c01.svg" in said.out
    assert "scores and reasons" in said.err
    assert (home / "c01.svg").stat().st_size > 10_000
    assert pipeline(home, "customer", *LOOK, "customer.id='edge'", "quiet=true") == 0
    assert capfd.readouterr() == ("", "")
    assert pipeline(home, "customer", *LOOK, "customer.id=17850") == 2
    assert "knows no customer '17850'" in capfd.readouterr().err
    assert pipeline(home, "customer", *LOOK) == 2
    assert "make customer ID=17850" in capfd.readouterr().err
