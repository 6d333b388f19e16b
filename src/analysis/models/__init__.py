"""Models: fits on cells, adjusted rates, school effects. Nothing here sees a student-day."""

from analysis.models.drivers import DriverModel, fit_drivers
from analysis.models.model_checks import model_checks
from analysis.models.published import PublishedModel, published_model
from analysis.models.robustness import robustness
from analysis.models.schools import SchoolEffects, school_effects

__all__ = [
    "DriverModel",
    "PublishedModel",
    "SchoolEffects",
    "fit_drivers",
    "model_checks",
    "published_model",
    "robustness",
    "school_effects",
]
