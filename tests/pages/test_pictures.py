"""Pictures and tables as HTML: named, the same bytes, their own ids, numbers as readers write them."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from analysis.findings.html import finding_html, table_html
from analysis.findings.pictures import plots
from analysis.findings.pictures.axes import tick, written
from analysis.findings.pictures.figure import SERIES, TIER_COLOURS, figure

GRADES = pd.DataFrame(
    {
        "grade": ["K", "1", "2", "3"],
        "year": ["2016-17", "2017-18", "2016-17", "2017-18"],
        "group": ["a", "a", "b", "b"],
        "rate": [0.28, 0.234, np.nan, 0.2],
        "low": [0.26, 0.21, np.nan, 0.18],
        "high": [0.3, 0.25, np.nan, 0.22],
        "observed": [0.27, 0.24, 0.2, 0.2],
        "students": [1500, 600, 9, 300],
        **dict.fromkeys(TIER_COLOURS, 0.25),
    }
)
DAYS = ["2017-08-29", "2017-09-01", "2017-09-05", "2018-03-08", "2018-06-15"]
KINDS: dict[str, Callable[[], MatplotlibFigure]] = {
    "dots": lambda: plots.dot_interval(
        GRADES, "grade", "rate", "low", "high", reference=0.25, reference_label="all", beside="observed", emphasis=["1"]
    ),
    "points": lambda: plots.dot_interval(GRADES, "grade", "rate", "low", "high", reference=0, unit="points"),
    "bars": lambda: plots.bars(GRADES, "grade", "rate", notes="group", emphasis=["K"], axis="chronically absent"),
    "tiers": lambda: plots.stacked_bars(GRADES, "grade", {tier: tier for tier in TIER_COLOURS}),
    "lines": lambda: plots.lines(GRADES, "year", "observed", "group"),
    "grey": lambda: plots.lines(GRADES, "year", "observed", "group", emphasis=["a"]),
    "heat": lambda: plots.heatmap(GRADES, "group", "year", "rate", column_axis="year"),
    "calendar": lambda: plots.calendar_heatmap(DAYS, [0.1, 0.2, np.nan, 0.3, 0.1]),
    "funnel": lambda: plots.funnel(
        GRADES, "students", "rate", "grade", reference=0.25, reference_label="all", emphasis=["K"]
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_picture_is_named_and_the_same_each_time(kind: str) -> None:
    made = figure(KINDS[kind](), kind, "Grade K is highest. It has 28%.")
    assert made.svg == figure(KINDS[kind](), kind, "Grade K is highest. It has 28%.").svg
    root = ET.fromstring(made.svg)
    space = "{http://www.w3.org/2000/svg}"
    assert root.attrib["role"] == "img" and root.attrib["aria-labelledby"] == f"{kind}-title {kind}-desc"
    assert root.findtext(f"{space}title") == "Grade K is highest."
    assert root.findtext(f"{space}desc") == "Grade K is highest. It has 28%."
    assert {"viewBox"} <= set(root.attrib) and not {"width", "height"} & set(root.attrib)
    ids = re.findall(r' id="([^"]+)"', made.svg)
    assert len(ids) == len(set(ids)) and all(name.startswith(f"{kind}-") for name in ids)
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', made.svg))
    assert used <= set(ids)
    assert not re.search(r"\d\d:\d\d:\d\d|Matplotlib|<metadata", made.svg)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [1, 4])
def test_picture_stands_when_everything_is_hidden(kind: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = GRADES.head(rows).copy()
    hidden[hidden.select_dtypes("number").columns] = np.nan
    monkeypatch.setattr(f"{__name__}.GRADES", hidden.assign(students=50))
    assert figure(KINDS[kind](), kind, "All hidden.").svg


SAID = {
    "dots": ("K: 28.0%, 95% interval 26.0% to 30.0%; observed 27.0%", 4),
    "points": ("K: +28.0 points, 95% interval +26.0 to +30.0", 4),
    "bars": ("2: hidden, b", 4),
    "lines": ("a, 2017-18: 24.0%", 4),
    "heat": ("b, 2016-17: hidden", 4),
    "calendar": ("Thursday 8 March 2018: 30.0%", 5),
    "funnel": ("3: 20.0%, 300 students", 3),
}


@pytest.mark.parametrize("kind", SAID)
def test_each_mark_has_its_words(kind: str) -> None:
    titles = re.findall(
        r'<path class="mark" d="M [^"]+"[^>]*><title>([^<]*)</title>', figure(KINDS[kind](), kind, "W.").svg
    )
    assert SAID[kind][0] in titles and len(titles) == SAID[kind][1]


def test_missing_value_is_said() -> None:
    assert ">hidden<" in figure(KINDS["bars"](), "b", "Words.").svg.replace("\u2002b", "")
    assert ">–<" in figure(KINDS["heat"](), "h", "Words.").svg


def test_words_in_a_picture_keep_every_digit() -> None:
    table = pd.DataFrame({"label": ["North 2.200 and 0.1234"], "days": [2200.0]})
    fig = plots.bars(table, "label", "days", unit="count")
    svg = figure(fig, "b", "Words.").svg
    assert svg.count("North 2.200 and 0.1234") >= 2 and not re.search(r' d="[^"]*\d\.\d{3}', svg)


def test_a_pair_that_is_not_in_the_table_stays_empty_and_a_hidden_one_is_a_dash() -> None:
    table = pd.DataFrame({
        "school": ["High", "Low", "Low", "Low"], "grade": pd.Categorical(["9", "K", "1", "9"], ["K", "1", "9"]),
        "rate": [0.1, 0.2, np.nan, 0.3],
    })  # fmt: skip
    svg = figure(plots.heatmap(table, "school", "grade", "rate"), "h", "Words.").svg
    assert re.findall(r"<title>((?:High|Low),.*?)</title>", svg) == [
        "High, 9: 10.0%", "Low, K: 20.0%", "Low, 1: hidden", "Low, 9: 30.0%",
    ]  # fmt: skip
    assert svg.count(">–<") == 1


def test_names_in_a_funnel_cover_no_other_name() -> None:
    near = pd.DataFrame({
        "school": [f"School of a long name {n}" for n in range(9)], "students": [300 + n for n in range(9)],
        "gap": [0.02 + n / 10_000 for n in range(9)],
    })  # fmt: skip
    fig = plots.funnel(near, "students", "gap", "school", reference=0, emphasis=list(near["school"]), unit="points")
    boxes = [text.get_window_extent() for text in fig.axes[0].texts if text.get_text().startswith("School")]
    assert 1 <= len(boxes) < 9
    assert not [one for at, one in enumerate(boxes) for other in boxes[:at] if one.overlaps(other)]


def test_a_long_key_stands_in_several_rows() -> None:
    words = {tier: f"{tier}, from one share of days to another" for tier in TIER_COLOURS}
    fig = plots.stacked_bars(GRADES, "grade", words)
    (legend,) = fig.legends
    assert legend.get_window_extent().width <= fig.bbox.width


def test_picture_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="needs words"):
        figure(KINDS["bars"](), "b", " ")


def test_alt_text_is_escaped() -> None:
    ET.fromstring(figure(KINDS["bars"](), "b", 'Less than 5% <of> & "more".').svg)


def test_two_pictures_differ_only_by_their_ids() -> None:
    one, two = (figure(KINDS["lines"](), name, "Words.").svg for name in ("one", "two"))
    masked = [re.sub(r"(one|two)-(p[0-9a-f]{10}|m[0-9a-f]{10}|title|desc)", "id", svg) for svg in (one, two)]
    assert masked[0] == masked[1]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.2531, "percent", "25.3%"),
        (-0.012, "points", "−1.2"),
        (0.0, "points", "0.0"),
        (-0.0001, "points", "0.0"),
        (0.142, "points", "+14.2"),
        (18944, "count", "18,944"),
        (2.25, "number", "2.2"),
        (float("nan"), "count", "hidden"),
    ],
)
def test_numbers_beside_marks(value: float, unit: plots.Unit, words: str) -> None:
    assert written(value, unit) == words


def cells(table: pd.DataFrame) -> list[str]:
    html = table_html("t", "Title", table)
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]


def test_numbers_in_a_table_are_written_by_the_name_of_their_column() -> None:
    table = pd.DataFrame(
        {
            "grade_level": ["K"],
            "chronic_rate": [0.28],
            "share_of_days": [0.5],
            "contrast": [-0.021],
            "difference_low": [0.004],
            "students": [18944.0],
            "days_absent": [1234.5],
            "p_value": [0.00001],
            "estimate": [-0.4408],
            "hidden": [""],
        }
    )
    assert cells(table) == ["28.0%", "50.0%", "−2.1", "+0.4", "18,944", "1,234.5", "&lt;0.001", "−0.441", ""]


def test_table_names_its_heads_and_escapes_its_cells() -> None:
    html = table_html("t", 'A "title"', pd.DataFrame({"school_id": ["<b>1</b>"], "A & B": [np.nan], "contrast": [0.1]}))
    assert re.findall(r'<th[^>]*scope="col"[^>]*>(.*?)</th>', html) == ["School ID", "A &amp; B", "Contrast (points)"]
    assert re.findall(r'<th[^>]*scope="row"[^>]*>(.*?)</th>', html) == ["&lt;b&gt;1&lt;/b&gt;"]
    assert (
        '<span title="hidden or not available">–</span>' in html and 'aria-label="Table: A &quot;title&quot;"' in html
    )


def test_head_without_words_still_says_something() -> None:
    assert '<span class="unseen">Row</span></th>' in table_html("t", "T", pd.DataFrame({" ": ["a"], "b": [1]}))


def test_axis_has_decimals_only_where_it_needs_them() -> None:
    assert [tick(share, "percent") for share in (0, 0.025, 0.05)] == ["0%", "2.5%", "5%"]
    assert [tick(share, "points") for share in (-0.1, 0, 0.005)] == ["−10", "0", "+0.5"]


def test_long_table_is_folded() -> None:
    rows = pd.DataFrame({"a": range(16), "b": range(16)})
    assert "<details>" in table_html("t", "T", rows) and "<details>" not in table_html("t", "T", rows.head(15))


def test_of_hundreds_of_rows_both_ends_are_shown_and_it_is_said() -> None:
    whole = pd.DataFrame({"a": range(400), "b": range(400)})
    assert table_html("t", "T", whole).count("<tr") == 401
    longer = table_html("t", "T", pd.DataFrame({"a": [f"row {at}" for at in range(1130)], "b": range(1130)}))
    shown = [int(at) for at in re.findall(r">row (\d+)<", longer)]
    assert shown == [*range(200), *range(930, 1130)]
    assert "1,130 rows; here are the first 200 and the last 200, and all are in the table as CSV" in longer


def test_finding_escapes_its_words() -> None:
    html = finding_html("n", "A < B", "One & two.\n\nThree.", None, None)
    assert '<h2 id="n-heading">A &lt; B</h2>' in html and "<p>One &amp; two.</p>" in html and html.count("<p>") == 2


def contrast_to(colour: str, paper: str) -> float:
    def light(code: str) -> float:
        parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lights = sorted((light(colour), light(paper)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("colour", SERIES)
def test_words_in_the_colours_of_series_can_be_read(colour: str) -> None:
    assert contrast_to(colour, "#ffffff") >= 4.5


def test_places_of_a_line_are_as_far_apart_as_their_days() -> None:
    weeks = pd.DataFrame({"week": ["4 Dec", "11 Dec", "8 Jan"], "rate": [0.1, 0.2, 0.1]})
    weeks["day"] = ["2017-12-04", "2017-12-11", "2018-01-08"]
    across = plots.lines(weeks, "week", "rate", when="day").axes[0].lines[0].get_xdata()
    assert list(across) == [0, 7, 35]
    assert list(plots.lines(weeks, "week", "rate").axes[0].lines[0].get_xdata()) == [0, 1, 2]


def test_an_observed_rate_is_seen_where_it_is_the_adjusted_one() -> None:
    """June's ring lay under its dot: the legend named a mark that was not there."""
    rates = pd.DataFrame({"label": ["June"], "rate": [0.094], "low": [np.nan], "high": [np.nan], "seen": [0.094]})
    ring, dot = plots.dot_interval(rates, "label", "rate", "low", "high", beside="seen").axes[0].collections[-2:]
    assert ring.get_zorder() > dot.get_zorder() and ring.get_sizes()[0] > dot.get_sizes()[0]
    assert len(ring.get_facecolors()) == 0
