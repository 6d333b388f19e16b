"""What the study puts in focus must be in its records."""

from collections.abc import Mapping, Sequence

from analysis.problems import Problem, nearest
from analysis.study import Study

NAMES_LISTED = 10


def not_in_records(study: Study, known: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Name the districts and the year in focus that no row has.

    Parameters
    ----------
    known : sorted `district_id` and `school_year` of the records; an empty text is none.
    """
    focus, problems = study.settings.focus, []
    years = (focus.school_year,) if focus.school_year else ()
    for column, wanted in (("district_id", focus.district_id), ("school_year", years)):
        names = [name for name in known[column] if name]
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
    return problems
