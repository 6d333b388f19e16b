"""Which of our modules a piece of code stands on, by its imports: what is kept is made again when one changes."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[1]
PACKAGE = Path(__file__).parent.name

_FROM = re.compile(rf"^[ ]*from ({PACKAGE}[\w.]*) import (\([^)]*\)|[^\n]*)", flags=re.MULTILINE)
_IMPORT = re.compile(rf"^[ ]*import ({PACKAGE}[\w.]*)", flags=re.MULTILINE)
_NAME = re.compile(r"(\w+)(?: as (\w+))?")
_COMMENT = re.compile(r"#[^\n]*")


@cache
def hashes(module: str) -> Mapping[str, str]:
    """Hash each of our files that a module stands on, itself among them; of a package, of all its modules."""
    return _hashes([module])


@cache
def hashes_of(text: str) -> Mapping[str, str]:
    """Hash each of our files that the code of a notebook stands on."""
    return _hashes(_imports(text))


def _hashes(names: Iterable[str]) -> dict[str, str]:
    found = {SOURCE / PACKAGE / "__init__.py"}
    wanted = list(names)
    while wanted:
        for path in _files(wanted.pop()):
            if path not in found:
                found.add(path)
                wanted += _imported(path)
    return {path.relative_to(SOURCE / PACKAGE).as_posix(): _hash(path) for path in sorted(found)}


@cache
def _files(name: str) -> tuple[Path, ...]:
    """Find what a dotted name stands on: a module, all of a package, or what a package has from one of its modules."""
    place = SOURCE / name.replace(".", "/")
    if place.is_dir():
        return tuple(sorted(place.rglob("*.py")))
    if place.with_suffix(".py").is_file():
        return (place.with_suffix(".py"),)
    parent, _, what = name.rpartition(".")
    taken = _taken(SOURCE / parent.replace(".", "/") / "__init__.py")
    return _files(taken.get(what, parent)) if parent else ()


@cache
def _taken(init: Path) -> Mapping[str, str]:
    """Map the names that a package's `__init__` has from its own modules to where they are."""
    if not init.is_file():
        return {}
    own = ".".join(init.parent.relative_to(SOURCE).parts)
    return {name.rpartition(".")[2]: name for name in _imports(_text(init)) if name.startswith(f"{own}.")}


@cache
def _imported(path: Path) -> tuple[str, ...]:
    return tuple(_imports(_text(path)))


def _imports(text: str) -> Iterator[str]:
    """Name what a text imports of ours; of a package, what it uses of it (`findings.season`), not all."""
    for module, names in _FROM.findall(text):
        for name, alias in _NAME.findall(_COMMENT.sub("", names)):
            dotted = f"{module}.{name}"
            used = (
                re.findall(rf"\b{alias or name}\.(\w+)", text) if (SOURCE / dotted.replace(".", "/")).is_dir() else []
            )
            yield from (f"{dotted}.{one}" for one in sorted(set(used))) if used else (dotted,)
    yield from _IMPORT.findall(text)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
