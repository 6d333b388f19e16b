"""From tables to findings: a function for each notebook, and the brief."""

from analysis.findings.brief import brief
from analysis.findings.checks import checks
from analysis.findings.drivers import drivers
from analysis.findings.records import records
from analysis.findings.school import school
from analysis.findings.schools import schools
from analysis.findings.season import season
from analysis.findings.where import where

__all__ = ["brief", "checks", "drivers", "records", "school", "schools", "season", "where"]
