"""Bring the catalogues of messages (src/analysis/locale/*.po) up to what the code and the notebooks say.

A message that is new stands there without a translation, and one that is gone leaves. `--missing` lists, per language,
what is not translated yet.
"""

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import nbformat
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "src" / "analysis" / "locale"
KEYWORDS = {"say": slice(0, 1), "later": slice(0, 1), "plural": slice(1, 3), "dated": slice(1, 2)}
"""Where a call has its message (in `plural` two), by the function's name."""


def messages() -> Catalog:
    """Collect every message of the project, in the order of its files, with where it stands."""
    found = Catalog(project="absence-drivers", version="", copyright_holder="absence-drivers")
    source = ROOT / "src" / "analysis"
    for path in sorted(source.rglob("*.py")):
        for message in of_code(path.read_text(encoding="utf-8")):
            found.add(message, locations=[(path.relative_to(ROOT).as_posix(), 1)])
    for path in sorted(source.rglob("*.j2")):
        for _, message, _, _ in extract_from_file("jinja2", path, keywords={"say": None}):
            found.add(message, locations=[(path.relative_to(ROOT).as_posix(), 1)])
    for name, text in prose():
        found.add(text, locations=[(f"notebooks/{name}", 1)])
    return found


def of_code(text: str) -> Iterator[str | tuple[str, ...]]:
    """Give the messages of a module, those within f-strings too (Babel's own reader does not see them)."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        where = KEYWORDS.get(getattr(call.func, "id", ""))
        said = [one.value for one in call.args[where] if isinstance(one, ast.Constant)] if where else []
        if said and all(said):
            yield tuple(said) if len(said) > 1 else said[0]


def prose() -> Iterator[tuple[str, str]]:
    """Give each cell of prose of the notebooks; a message a line."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        node = nbformat.read(str(path), as_version=4)
        for cell in node.cells:
            if cell.cell_type == "markdown":
                yield from ((path.name, part) for part in cell.source.split("\n") if part.strip())


def updated(path: Path, template: Catalog) -> Catalog:
    """Read a catalogue and bring it up to the template; translations are kept by their exact message."""
    with path.open("rb") as file:
        known = read_po(file, locale=path.stem)
    known.update(template, no_fuzzy_matching=True)
    known.obsolete.clear()
    return known


def written(catalogue: Catalog) -> bytes:
    """Write a catalogue without what changes from run to run."""
    stream = BytesIO()
    write_po(stream, catalogue, width=0, omit_header=False, sort_by_file=True, include_lineno=False)
    return re.sub(
        rb'"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team)[^\n]*\n',
        b"",
        stream.getvalue(),
    )


def untranslated(catalogue: Catalog) -> list[str]:
    """List the messages without a translation."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and not all([message.string] if isinstance(message.string, str) else message.string or [""])
    ]


def main() -> None:
    """Write every catalogue anew, and say what it lacks."""
    template = messages()
    for path in sorted(LOCALES.glob("*.po")):
        catalogue = updated(path, template)
        path.write_bytes(written(catalogue))
        missing = untranslated(catalogue)
        print(f"{path.name}: {len(catalogue)} messages, {len(missing)} without a translation")
        if "--missing" in sys.argv:
            print("\n".join(missing))


if __name__ == "__main__":
    main()
