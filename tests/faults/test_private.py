"""Private by construction: no id of any kind of input in what is said or kept, no network, no cell that acts."""

import ast
import base64
import hashlib
import re
import socket
from pathlib import Path

import figures
import pandas as pd
import pytest
from small_sources import CANARY, SMALL, write_small

from analysis import cli, findings, problems
from analysis.findings.finding import Finding, Page

PACKAGE = Path(__file__).parents[2] / "src/analysis"
BESIDE = {"published_counts": "district", "school_days": "school"}
"""Of the kinds that have no student: the column beside which a file that should not be here has the names of some."""


RECORDS = ("student_days.parquet", "student_years.parquet")
"""What holds students between runs."""


PAGES = ("records", "where", "drivers", "season", "schools", "checks")
DATED = ("student_days", "absence_events")
"""Kinds of records that give a page of each school."""


def with_names(kind: str) -> dict[str, str | bytes | None]:
    """Give the records of a kind in which every row tells of a student."""
    header, *rows = SMALL[kind].files["t.csv"].splitlines()
    if kind not in BESIDE:
        return {"t.csv": "\n".join((header, *rows)) + "\n"}
    return {"t.csv": "\n".join((f"{header},name", *(f"{row},CANARY-{n}" for n, row in enumerate(rows)))) + "\n"}


def shifted(kind: str) -> dict[str, str | bytes | None]:
    """Give records whose values stand a column too far to the right, so that ids stand under other names."""
    text = str(with_names(kind)["t.csv"])
    header, *rows = text.splitlines()
    return {"t.csv": "\n".join((header, *(",".join((f"CANARY-{n}", row)) for n, row in enumerate(rows)))) + "\n"}


def hits(folder: Path, said: str) -> int:
    """Count where an id stands: in what was said, in names of files, in files other than records and their cache."""
    found = said.count(CANARY)
    for path in folder.rglob("*"):
        found += CANARY in path.name
        if path.is_file() and path.parent.name != "data" and path.name not in RECORDS:
            found += path.read_bytes().count(CANARY.encode())
    return found


@pytest.mark.parametrize("kind", SMALL)
def test_no_id_in_what_is_said_kept_or_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str) -> None:
    study = write_small(tmp_path, kind, with_names(kind))
    with pytest.raises(SystemExit):
        cli.main(["check", str(study.path), "--debug"])
    shown = ""
    for name in (*PAGES, *(("school",) if kind in DATED else ())):
        page = getattr(findings, name)(study)
        assert isinstance(page, Page)
        page.save(tmp_path / "out")
        shown += repr(page) + "".join(finding._repr_html_() for finding in page.findings())
    said = capfd.readouterr()
    assert "rows can be used" in said.out and len(list(tmp_path.rglob("out/tables/*.csv"))) > 1
    found = hits(tmp_path, said.out + said.err + shown)
    figures.report("ids found outside the records (canary hits)", found)
    figures.report("kinds of input with ids planted")
    assert found == 0


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize("debug", [(), ("--debug",)])
def test_no_id_where_columns_are_shifted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str, debug: tuple[str, ...]
) -> None:
    study = write_small(tmp_path, kind, shifted(kind))
    for command in ("check", "run"):
        with pytest.raises(SystemExit) as stopped:
            cli.main([command, str(study.path), *debug])
        assert stopped.value.code == problems.EXIT_CODES["records"]
    said = capfd.readouterr()
    found = hits(tmp_path, said.out + said.err)
    figures.report("ids found outside the records (canary hits)", found)
    assert said.out + said.err and found == 0


def test_tests_reach_no_network() -> None:
    with socket.socket() as one, pytest.raises(AssertionError, match="no network"):
        one.connect(("192.0.2.1", 80))


NETWORK = {"socket", "ssl", "urllib", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp"}
CODE = {"eval", "exec", "compile", "__import__"}


def test_no_module_reaches_a_network_or_runs_what_a_file_says() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & NETWORK, path.name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in CODE, path.name


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['touch HERE']", "&a [*a]", "!exec x"])
def test_a_study_runs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(problems.UserError):
        write_small(tmp_path, "student_days", {}, ("", f"title: {text}\n"))
    assert not (tmp_path / "HERE").exists()


CELLS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@sum(1)",
    "\t=1",
    '=HYPERLINK("http://x")',
    "<script>alert(1)</script>",
    "-5",
    "plain",
]


def test_cells_do_nothing_in_a_spreadsheet_or_a_page(tmp_path: Path) -> None:
    table = pd.DataFrame({"school_name": CELLS, "rate": range(len(CELLS))})
    found = Finding("a", "Title <b>", "Text <i>", table, table)
    found.save(tmp_path)
    read = pd.read_csv(tmp_path / "tables/a.csv")["school_name"].tolist()
    assert read == [f"'{cell}" for cell in CELLS[:6]] + CELLS[6:]
    page = found._repr_html_()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "<b>" not in page


def test_a_page_may_run_its_own_script_alone(small_report: Path) -> None:
    pages = list(small_report.rglob("*.html"))
    for path in pages:
        text = path.read_text(encoding="utf-8")
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
        assert policy and "default-src 'none'" in policy[1] and "script-src 'unsafe" not in policy[1]
        scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, flags=re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
        assert all(f"'sha256-{digest}'" in policy[1] for digest in digests) and len(scripts) == 1
        assert not re.search(r"<[^>]+\son\w+=", text), path.name
    assert len(pages) > 3
