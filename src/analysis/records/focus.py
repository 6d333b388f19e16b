"""What the pages will be about must be in the records."""

import pandas as pd

from analysis.problems import Problem, nearest
from analysis.study import Study

NAMES_LISTED = 10


def not_in_records(study: Study, places: pd.DataFrame) -> list[Problem]:
    """Name the districts and the year in focus that no row has, and a year of the pages in which nothing is counted.

    Parameters
    ----------
    places : `district_id, school_year, grade_level` of the rows that are used, in any number; an empty text is none.
    """
    if places.empty:
        return []
    focus, problems = study.settings.focus, []
    years = (focus.school_year,) if focus.school_year else ()
    for column, wanted in (("district_id", focus.district_id), ("school_year", years)):
        names = sorted({str(name) for name in places[column]} - {""})
        for word in sorted(set(wanted) - set(names)):
            near = nearest(word, names)
            fix = near if len(names) <= NAMES_LISTED else near.partition("possible:")[0]
            where = f"{study.path.name}, focus.{column}"
            problems.append(
                Problem(
                    where,
                    f"no row has '{word}'",
                    "the pages would be empty",
                    (fix or f"write it as the source does, such as '{names[0]}'") if names else f"map or set {column}",
                )
            )
    return problems or _nothing_counted(study, places)


def _nothing_counted(study: Study, places: pd.DataFrame) -> list[Problem]:
    focus, grades = study.settings.focus, study.settings.definitions.grades
    year = focus.school_year or str(places["school_year"].max())
    why, elsewhere = "the pages would be empty", "put another year in focus (focus.school_year), or name"
    of_year = places[places["school_year"] == year]
    inside = of_year[of_year["district_id"].isin(focus.district_id)] if focus.district_id else of_year
    if inside.empty:
        seen = f"no row of {year} is of a district in focus"
        return [Problem(f"{study.path.name}, focus", seen, why, f"{elsewhere} another district (focus.district_id)")]
    if not inside["grade_level"].isin([*grades, ""]).any():
        seen = f"no row of {year} is in a grade that the study counts"
        return [Problem(study.path.name, seen, why, f"{elsewhere} the grades in definitions.grades")]
    return []
