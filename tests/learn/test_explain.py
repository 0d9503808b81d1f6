"""Reasons: contributions by theme, the choice of phrases, and the words."""

from __future__ import annotations

import re
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.features.feature import catalogue
from setia.languages import LANGUAGES
from setia.learn.dropout import COLUMNS
from setia.learn.explain import LEAST_SHARE, by_theme, explain
from setia.learn.phrases import PHRASES, QUOTED, Known
from setia.learn.predictor import Estimator, Forest
from setia.learn.themes import THEMES, theme_of, title
from setia.learn.wording import WORDS, worded

FEATURES = tuple(name for name, feature in catalogue().items() if feature.unit is not None)
NAMES = (*FEATURES, *COLUMNS)


def random_features(rows: int, seed: int) -> dict[str, np.ndarray]:
    """Rows of plausible numbers with many gaps, more so than any real log has."""
    random = np.random.default_rng(seed)
    features = {name: np.rint(random.gamma(0.7, 8.0, rows)) for name in QUOTED}
    for name in QUOTED:
        if name.endswith("share"):
            features[name] = random.random(rows) * (random.random(rows) > 0.3)
        if name.startswith(("spend", "value")):
            features[name] = random.normal(30, 60, rows)
        if name not in ("days_since_last", "T_days", "frequency", "purchases_total"):
            features[name][random.random(rows) < 0.2] = np.nan
    features["gap_max_days"] = features["gap_min_days"] + np.rint(random.gamma(1.0, 5.0, rows))
    features["base_trend_28d"] = np.full(rows, random.choice([0.8, 1.0, 1.2, np.nan]))
    return features


@pytest.fixture(scope="module")
def forest() -> Forest:
    from lightgbm import LGBMClassifier

    random = np.random.default_rng(3)
    X = random.gamma(1.0, 5.0, (600, len(NAMES))).astype(np.float32)
    y = (X[:, NAMES.index("days_since_last")] + X[:, NAMES.index("spend_90d")] * 0.5 > random.gamma(2.0, 5.0, 600)) * 1
    fitted = LGBMClassifier(n_estimators=30, num_leaves=7, colsample_bytree=0.2, verbosity=-1, n_jobs=1)
    return Forest(fitted.fit(X, y).booster_)


@pytest.mark.parametrize("name", NAMES)
def test_every_feature_has_a_theme(name: str) -> None:
    assert theme_of(name) in THEMES


def test_every_theme_can_speak_and_every_phrase_has_words() -> None:
    assert {phrase.theme for phrase in PHRASES} == set(THEMES)
    assert set(QUOTED) <= set(FEATURES)
    known = Known({}, {}, 2)
    used = set()
    for phrase in PHRASES:
        assert phrase.true_of(known).tolist() == [False, False]
        text = WORDS["en"].phrases[phrase.key.removesuffix("_typical")]
        gaps = {gap for _, gap, _, _ in string.Formatter().parse(text) if gap}
        fields = {gap for gap, _, _ in phrase.fields}
        assert fields == gaps | ({"typical"} if phrase.key.endswith("_typical") else set())
        assert all(known[name].shape == (2,) for _, _, name in phrase.fields)
        used.add(phrase.key.removesuffix("_typical"))
    assert used == set(WORDS["en"].phrases)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_theme_has_a_title_of_its_own(language: str) -> None:
    titles = {title(theme, language) for theme in THEMES}
    assert len(titles) == len(THEMES)
    assert all(5 < len(each) < 45 for each in titles)


def test_themes_share_out_all_that_the_forest_says(forest: Forest) -> None:
    X = np.random.default_rng(5).gamma(1.0, 5.0, (40, len(NAMES))).astype(np.float32)
    contributions = forest.contributions(X)
    sums, total = by_theme(forest, X, NAMES)
    margin = forest.booster.predict(X, raw_score=True)
    assert np.allclose(sums.sum(axis=1), total)
    assert np.allclose(total + contributions[:, -1], margin)
    for place, theme in enumerate(THEMES):
        mine = [theme_of(name) == theme for name in NAMES]
        assert np.allclose(sums[:, place], contributions[:, :-1][:, mine].sum(axis=1), rtol=0, atol=1e-12)


def test_reasons_are_what_plain_loops_choose(forest: Forest) -> None:
    """For each row: themes that push with the total, weightiest first, each with its first phrase that holds."""
    rows = 300
    features = random_features(rows, 1)
    typical = dict.fromkeys(QUOTED, 5.0)
    X = np.random.default_rng(6).gamma(1.0, 5.0, (rows, len(NAMES))).astype(np.float32)
    found = explain(forest, X, NAMES, features, typical, "EUR")
    assert found is not None
    texts = found.texts
    assert texts.shape == found.themes.shape == (rows, 3)
    contributions, known = forest.contributions(X)[:, :-1], Known(features, typical, rows)
    for row in range(rows):
        total = contributions[row].sum()
        sign = 1 if total >= 0 else -1
        weight = dict.fromkeys(THEMES, 0.0)
        for name, contribution in zip(NAMES, contributions[row], strict=True):
            weight[theme_of(name) or ""] += sign * contribution
        least = LEAST_SHARE * sum(push for push in weight.values() if push > 0)
        expected, themes = [], []
        for theme in sorted(THEMES, key=lambda theme: -weight[theme]):
            fits = [p for p in PHRASES if p.theme == theme and p.speaks * sign >= 0 and p.true_of(known)[row]]
            if fits and weight[theme] > 0 and weight[theme] >= least:
                fields = tuple((gap, unit) for gap, unit, _ in fits[0].fields)
                figures = tuple(known[name][[row]] for _, _, name in fits[0].fields)
                expected += worded(fits[0].key, fields, figures, 1, "EUR", "en")
                themes.append(theme)
        assert [text for text in texts[row] if text is not None] == expected[:3]
        assert [theme for theme in found.themes[row] if theme is not None] == themes[:3]


@given(st.integers(0, 10_000), st.sampled_from(sorted(LANGUAGES)))
def test_no_phrase_says_nan_or_nothing(seed: int, language: str) -> None:
    rows = 20
    features = random_features(rows, seed)
    known = Known(features, dict.fromkeys(QUOTED[::2], 3.0), rows)
    for phrase in PHRASES:
        place = np.flatnonzero(phrase.true_of(known))
        fields = tuple((gap, unit) for gap, unit, _ in phrase.fields)
        figures = tuple(known[name][place] for _, _, name in phrase.fields)
        for text in worded(phrase.key, fields, figures, len(place), "EUR", language):
            assert not re.search(r"nan|inf|[{}]|  | -\d", text), text


def silent_for_41_days() -> dict[str, np.ndarray]:
    facts = {"days_since_last": 41, "gap_median_days": 6, "frequency": 9, "T_days": 95, "purchases_total": 10}
    return {name: np.array([float(number)]) for name, number in facts.items()}


def test_the_phrase_of_the_issue() -> None:
    from lightgbm import LGBMClassifier

    random = np.random.default_rng(0)
    X = random.integers(0, 60, (400, 1)).astype(np.float32)
    forest = Forest(LGBMClassifier(n_estimators=5, verbosity=-1, n_jobs=1).fit(X, (X[:, 0] > 20) * 1).booster_)
    late = explain(forest, np.array([[41.0]], np.float32), ["days_since_last"], silent_for_41_days(), {}, "")
    assert late is not None
    assert late.texts.tolist() == [["no purchase for 41 days; usually every 6 days", None, None]]
    assert late.themes.tolist() == [["silence", None, None]]
    told = explain(forest, np.array([[41.0]], np.float32), ["days_since_last"], silent_for_41_days(), {}, "", "id")
    assert told is not None
    assert told.texts.tolist() == [["belum berbelanja selama 41 hari; biasanya setiap 6 hari", None, None]]
    early = silent_for_41_days() | {"days_since_last": np.array([1.0])}
    there = explain(forest, np.array([[1.0]], np.float32), ["days_since_last"], early, {}, "")
    assert there is not None
    assert there.texts.tolist() == [["last purchase 1 day ago; usually every 6 days", None, None]]


def test_no_reasons_from_other_models() -> None:
    assert explain(Estimator(None), np.zeros((1, 1), np.float32), ["frequency"], {}, {}, "") is None


def test_nobody_has_no_reasons(forest: Forest) -> None:
    empty = explain(forest, np.empty((0, len(NAMES)), np.float32), NAMES, {}, {}, "")
    assert empty is not None
    assert empty.texts.shape == empty.themes.shape == (0, 3)
