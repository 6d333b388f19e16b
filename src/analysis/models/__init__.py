"""Models: fits on cells, adjusted rates, school effects. Nothing here sees a student-day."""

from analysis.models.drivers import DriverModel, fit_drivers

__all__ = ["DriverModel", "fit_drivers"]
