"""What a small project is made of: a study, notebooks that need no records, a brief."""

import nbformat

from analysis.findings.brief_types import Brief, Slot
from analysis.study import Study

STUDY = """
title: Small & <b>synthetic</b>
audience: internal
records:
  kind: student_days
  files: [{path: days.csv}]
  columns: {student_id: id, school_id: school, date: day, days_absent: absent}
simulate: {students: 100, seed: 7}
"""
PARAMETERS = 'study: str = ""  # the study\ndata: str = ""\nout: str = ""\naudience: str = ""'
FINDINGS = """
import pandas as pd
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.finding import Finding
rates = {"chronic_rate": [0.28, 0.234, None], "students": [1576, 606, 9]}
grades = pd.DataFrame({"grade": ["K", "1", "<i>2</i>"], **rates})
text = "Of 18,944 students <script>alert(1)</script> & more.\\n\\nA second paragraph."
def finding(name, title):
    bars = plots.bars(grades, "grade", "chronic_rate")
    drawn = figure(bars, name, f"Bars for {name}. Kindergarten is highest.", "A & B")
    return Finding(name, title, text, grades, grades, drawn)
"""
LONG = """
long = pd.DataFrame({"school": [f"School {i}" for i in range(30)], "absence_rate": [i / 100 for i in range(30)]})
cells = long.assign(month=["Sep", "Oct", "Nov"] * 10, school=[f"School with a long name {i // 3}" for i in range(30)])
drawn = figure(plots.heatmap(cells, "school", "month", "absence_rate"), "by_school", "Thirty cells, darker to the end.")
heat = Finding("by_school", "Schools differ", "Text.", long, long, drawn)
heat
"""


def notebook(*cells: str) -> nbformat.NotebookNode:
    """Make a notebook: prose, parameters, then code, or prose where a cell begins with `#:`."""
    node = nbformat.v4.new_notebook()
    for position, source in enumerate(cells):
        prose = position == 0 or source.startswith("#:")
        made = nbformat.v4.new_markdown_cell if prose else nbformat.v4.new_code_cell
        node.cells.append(made(source.removeprefix("#:")))
    if len(cells) > 1:
        node.cells[1].metadata["tags"] = ["parameters"]
    return node


def brief(_: Study) -> Brief:
    slot = Slot(
        "Every fourth <student>", "How many?", "One.\n\nTwo & three.", "01_small.html#one", "What do both tell us?"
    )
    return Brief(slot, slot, slot, slot, slot)


SCHOOLS = {"1": "Björk Elementary", "2": "Lincoln", "3": "Lincoln"}
