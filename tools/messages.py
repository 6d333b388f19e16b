"""Bring the catalogues of messages (src/analysis/locale/*.po) up to what the code and the notebooks say.

A message that is new stands there without a translation, and one that is gone leaves. `--missing` lists, per language,
what is not translated yet.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from analysis.language import LOCALES

ROOT = Path(__file__).parents[1]
KEYWORDS: dict[str, Any] = {"say": None, "later": None, "plural": (2, 3), "dated": (2,)}
METHODS = [("**.py", "python"), ("**.j2", "jinja2")]


def messages() -> Catalog:
    """Collect every message of the project, in the order of its files, with where it stands."""
    found = Catalog(project="absence-drivers", version="", copyright_holder="absence-drivers")
    source = ROOT / "src" / "analysis"
    for name, line, message, _, _ in extract_from_dir(
        source, METHODS, keywords=KEYWORDS, directory_filter=lambda _: True
    ):
        if message:
            found.add(message, locations=[(f"src/analysis/{name}", line)])
    for name, text in prose():
        found.add(text, locations=[(f"notebooks/{name}", 1)])
    return found


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
