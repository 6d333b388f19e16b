"""The study: one YAML file that says everything a run depends on, and what is wrong with it, all of it at once."""

from analysis.study.study import (
    Enrolment,
    Marks,
    Models,
    Records,
    Settings,
    SideTable,
    SourceFile,
    Study,
    interim_folder,
)

__all__ = ["Enrolment", "Marks", "Models", "Records", "Settings", "SideTable", "SourceFile", "Study", "interim_folder"]
