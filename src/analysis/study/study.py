"""The study: one YAML file that says everything a run depends on."""

import os
from dataclasses import dataclass, replace
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from analysis.language import ENGLISH
from analysis.problems import Problem, UserError, nearest
from analysis.study.file import read_study_file
from analysis.study.problems import validated
from analysis.study.rules import Chronic, Definitions, Disclosure, RuleSetName, ruled, smallest
from analysis.study.values import (
    Audience,
    Count,
    Counted,
    DateFormat,
    Day,
    GroupName,
    Language,
    Part,
    Pattern,
    SchoolYear,
    Summed,
    Text,
    YearStarts,
)


class Unpivot(Part):
    """Columns that become rows: what their names say becomes `into`, such as `school_year` or `date`.

    Of each of our columns a regular expression fits the names of theirs; its first group (else the whole name) is what
    stands in `into`. So `{into: school_year, columns: {students: "n (.*)"}}` makes a row of each `n 2019-20`.
    """

    into: Text
    columns: Annotated[dict[str, Pattern], Field(min_length=1)]


class SourceFile(Part):
    """One file, or several of one shape: `path`, below the data folder, may hold `*` and `{school_year}`."""

    path: Text
    format: Literal["csv", "parquet", "xlsx", "xls", "xml"] | None = None
    sheet: str | None = None
    element: Text | None = None
    header_row: Annotated[int, Field(ge=0)] = 1  # 0: no header, columns are '#1', '#2', ...
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    columns: dict[str, str] = {}
    sums: dict[Counted, Summed] = {}
    unpivot: Unpivot | None = None
    fallback: dict[str, str] = {}
    set: dict[str, str] = {}
    rates_are: Literal["share", "percent"] | None = None
    years: tuple[SchoolYear, ...] = ()

    @property
    def unpivoted(self) -> tuple[str, ...]:
        """Our columns that columns of theirs and their names become."""
        return (self.unpivot.into, *self.unpivot.columns) if self.unpivot else ()

    def candidates(self, folder: Path) -> list[Path]:
        """Find the files that the path may mean, whatever stands for `{school_year}`."""
        pattern = Path(self.path.replace("{school_year}", "*"))
        if "*" not in str(pattern):
            return [folder / pattern] if (folder / pattern).is_file() else []
        place = Path(pattern.anchor) if pattern.is_absolute() else folder
        return [path for path in place.glob(str(pattern.relative_to(pattern.anchor))) if path.is_file()]


class SideTable(Part):
    """A table beside the records: of students (their groups), of schools, or the calendar."""

    files: Annotated[tuple[SourceFile, ...], Field(min_length=1)]
    columns: dict[str, str]

    # What only records can say, so that their files and those beside them are read alike.
    sums: ClassVar[dict[Counted, Summed]] = {}
    fallback: ClassVar[dict[str, str]] = {}
    extract: ClassVar[dict[str, Pattern]] = {}
    set: ClassVar[dict[str, str]] = {}
    where: ClassVar[dict[str, tuple[str, ...]]] = {}
    where_not: ClassVar[dict[str, tuple[str, ...]]] = {}


class Enrolment(SideTable):
    """A table of enrolment: a row a spell of a student at a school, of one school year."""

    exit_date_is: Literal["day_after", "last_day"] = "day_after"


class Marks(Part):
    """What stands in a source where a number was hidden or is not there."""

    suppressed: tuple[str, ...] = ()
    not_available: tuple[str, ...] = ()
    rule: str | None = None
    at_most: dict[Literal["students", "chronically_absent", "days_enrolled", "days_absent"], Count] = {}


class Records(Part):
    """Where the records are and how their columns and words are to be read (ours: theirs)."""

    kind: Literal["student_days", "absence_events", "student_years", "published_counts", "school_days"]
    files: tuple[SourceFile, ...] = ()
    table: Text | None = None
    columns: dict[str, str] = {}
    sums: dict[Counted, Summed] = {}
    fallback: dict[str, str] = {}
    extract: dict[str, Pattern] = {}
    set: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    groups: tuple[GroupName, ...] = ()
    district_is: Text = "district"
    where: dict[str, tuple[str, ...]] = {}
    where_not: dict[str, tuple[str, ...]] = {}
    parents: dict[str, tuple[str, ...]] = {}
    date_format: DateFormat = "%Y-%m-%d"
    year_is: Literal["start", "end"] | None = None
    year_starts: YearStarts = "july"
    rates_are: Literal["share", "percent"] = "share"
    days_are: Literal["days", "half_days"] = "days"
    marks: Marks = Marks()
    students: SideTable | None = None
    schools: SideTable | None = None
    calendar: SideTable | None = None
    enrolment: Enrolment | None = None

    @property
    def sides(self) -> tuple[SideTable, ...]:
        """The tables beside the records that the study has."""
        return tuple(side for side in (self.students, self.schools, self.calendar, self.enrolment) if side)

    @model_validator(mode="after")
    def _files_or_table(self) -> Self:
        if self.table is None and not self.files:
            raise ValueError("files: is empty; name the files of the records")
        if self.table is not None:
            if self.kind != "student_days":
                raise ValueError(f"table: '{self.kind}' is in files; a table holds student_days, in our columns")
            allowed = {"kind", "table", "groups", "district_is", "schools", "calendar", "date_format", "values"}
            if beside := sorted(self.model_fields_set - allowed):
                raise ValueError(f"{beside[0]}: a table has our columns and words already; leave this out")
        return self


class Focus(Part):
    """What the tables hold: districts (all where empty) and the year that the pages are about (the last)."""

    district_id: tuple[str, ...] = ()
    school_year: SchoolYear | None = None


class Models(Part):
    """Least data for an interval, a link or a flag (docs/statistics.md gives the reason for each)."""

    minimum_students: Count = 50
    minimum_dates: Count = 10
    minimum_bridge_students: Count = 20
    minimum_flag_students: Count = 30


class Simulate(Part):
    """A synthetic district instead of records that exist: how many students, and the seed."""

    students: Annotated[int, Field(ge=100)] = 18_900
    seed: int = 20180638


class Settings(Part):
    """All keys of a study."""

    title: Text
    data: str = "data/raw"
    audience: Audience = "partner"
    language: Language = ENGLISH
    records: Records
    years: tuple[SchoolYear, ...] = ()
    as_of: Day | None = None
    focus: Focus = Focus()
    rule_set: RuleSetName | None = None
    definitions: Definitions = Definitions()
    disclosure: Disclosure | None = None
    models: Models = Models()
    simulate: Simulate | None = None
    engine: Literal["duckdb", "spark"] = "duckdb"
    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]*(MB|GB)$")] = "8GB"
    spill: Text = "data/interim/.spill"

    @model_validator(mode="after")
    def _with_rule_set(self) -> Self:
        return self.model_copy(update=ruled(self.rule_set, self.definitions, self.disclosure))


@dataclass(frozen=True)
class Study:
    """A study that was read and found valid.

    Parameters
    ----------
    path : its YAML file; its stem is the study's name.
    root : the folder above `studies/`; `reports/` and `data/interim/` are there.
    data : the folder that the records' paths are relative to.
    settings : everything the file says.
    """

    path: Path
    root: Path
    data: Path
    settings: Settings

    def _repr_html_(self) -> str:
        records = self.settings.records
        said = {
            "Study": self.name,
            "Title": self.settings.title,
            "Records": records.kind.replace("_", " "),
            "For": self.settings.audience,
        }
        return f"<dl>{''.join(f'<dt>{name}</dt><dd>{escape(str(value))}</dd>' for name, value in said.items())}</dl>"

    @classmethod
    def load(cls, path: str | Path, *, data: str | Path = "", audience: str = "") -> Self:
        """Read a study.

        Parameters
        ----------
        path : relative to the working folder or to a folder above it.
        data : the data folder, instead of the study's own; relative to the working folder, else to the root.
        audience : instead of the study's own.

        Raises
        ------
        UserError
            Every problem of the file at once, with line and column.
        """
        found = _find(Path(path))
        if audience and audience not in get_args(Audience):
            fix = nearest(audience, get_args(Audience))
            raise UserError("usage", Problem("audience", f"'{audience}' is no choice", "", fix))
        file = read_study_file(found)
        if isinstance(file.values, dict) and audience:
            file.values["audience"] = audience
        settings = validated(file, Settings)
        root = found.parent.parent if found.parent.name == "studies" else found.parent
        folder = Path(data) if data and Path(data).exists() else root / (data or settings.data)
        return cls(found, root, folder.resolve(), settings)

    @property
    def name(self) -> str:
        """The name of the study's file, and of its folder under `reports/`."""
        return self.path.stem

    @property
    def interim(self) -> Path:
        """The folder of what is made once and read again."""
        return interim_folder(self.root) / self.name

    def relative(self, path: Path) -> str:
        """Say where a path is, seen from the root."""
        return Path(os.path.relpath(path, self.root)).as_posix()

    @property
    def table_files(self) -> list[Path]:
        """The Parquet files of canonical rows; none where the records are of another kind, or Spark has them."""
        place = self.data / (self.settings.records.table or "")
        if self.settings.records.table is None:
            return []
        return sorted(place.glob("*.parquet")) if place.is_dir() else [place] if place.is_file() else []

    @property
    def spill(self) -> Path:
        """The folder for what does not fit into memory."""
        return self.root / self.settings.spill

    @property
    def disclosure(self) -> Disclosure:
        """The study's rule, else `as_published` for what is public already and `minimum` for the rest."""
        published = self.settings.records.kind in ("published_counts", "school_days")
        if self.settings.disclosure or published:
            return self.settings.disclosure or Disclosure(rule="as_published")
        return Disclosure(minimum=smallest(self.settings.rule_set))

    @property
    def mapped(self) -> set[str]:
        """Our columns that a file of the records has: mapped, added up, set, or made of the names of columns."""
        records = self.settings.records
        of_files = (part for file in records.files for part in (file.columns, file.sums, file.set, file.unpivoted))
        return set().union(records.columns, records.sums, records.set, *of_files)

    @property
    def district_word(self) -> str:
        """What the pages call a district: a state, a division."""
        return self.settings.records.district_is

    @property
    def districts_word(self) -> str:
        """The same, for several."""
        one = self.district_word
        return f"{one[:-1]}ies" if one.endswith("y") and one[-2:-1] not in "aeiou" else f"{one}s"

    def as_seen_by(self, module: str) -> Self:
        """Give the study with every setting at its default that a stage has no business with.

        What a stage makes then stands on the others alone, by construction: nothing else can reach it.

        Parameters
        ----------
        module : whose stage it is, such as `analysis.records.files`; one that is no stage of numbers sees all.
        """
        stage = module.split(".")[1:2]
        if stage not in (["records"], ["measures"], ["models"]):
            return self
        rules, published = self.settings.definitions, self.settings.records.kind == "published_counts"
        hidden: dict[str, object] = {
            "title": "-",
            "audience": "internal",
            "language": ENGLISH,
            "rule_set": None,
            "disclosure": Disclosure(minimum=self.disclosure.minimum) if published else None,
        }
        if stage != ["models"]:
            hidden["models"] = Models()
        if stage == ["records"]:
            kind = Chronic(at_least=Decimal(1), of=rules.chronic.of)
            hidden["definitions"] = Definitions(chronic=kind, grades=rules.grades)
        return replace(self, settings=self.settings.model_copy(update=hidden))


def interim_folder(root: Path) -> Path:
    """Name the folder of what is kept of all studies; `ABSENCE_INTERIM` puts it elsewhere."""
    return Path(os.environ.get("ABSENCE_INTERIM") or root / "data" / "interim")


def _find(path: Path) -> Path:
    here = Path.cwd()
    candidates = [path] if path.is_absolute() else [folder / path for folder in (here, *here.parents)]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    studies = sorted(str(found) for found in path.parent.glob("*.yaml"))
    fix = nearest(str(path), studies or ["absence init NAME"])
    raise UserError("study", Problem(str(path), "there is no such file", "a study is one YAML file", fix))
