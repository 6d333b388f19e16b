"""Figures that tests count as they run: printed at the end with `--trust`, for `make trust` and docs/trust.md."""

_figures: dict[str, int] = {}


def report(name: str, value: int = 1) -> None:
    """Add to a figure, such as `runs broken and recovered`."""
    _figures[name] = _figures.get(name, 0) + value


def lines() -> list[str]:
    """Give each figure as a line, by name."""
    return [f"{name}: {value:,}" for name, value in sorted(_figures.items())]
