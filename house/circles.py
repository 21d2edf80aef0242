"""Circles of files: each imports the next one, and the last the first."""

from __future__ import annotations

import graphlib

import grimp


def circles(package: str) -> list[str]:
    """The circles among a package's files, each as one line of places.

    Imports inside of functions count as those at the top of a file do; those for annotations alone
    (`if TYPE_CHECKING:`) do not, nor does what is imported by its name, as dialects and public names are.

    Args:
        package: its name; it is found where Python finds it, and not imported.
    """
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    found = []
    while (circle := _circle(imports)) is not None:
        steps = list(zip(circle, [*circle[1:], circle[0]], strict=True))
        found.append(" → ".join([f"{one}:{_line(graph, one, other)}" for one, other in steps] + [circle[0]]))
        # Without this import, the next circle is seen.
        imports[circle[0]] = imports[circle[0]] - {steps[0][1]}
    return found


def _circle(imports: dict[str, set[str]]) -> list[str] | None:
    """Modules of which each imports the next, and the last the first; None where there is no circle."""
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        # Each is imported by the next one there, and the last one is the first one again.
        circle: list[str] = error.args[1][:0:-1]
        first = circle.index(min(circle))
        return circle[first:] + circle[:first]
    return None


def _line(graph: grimp.ImportGraph, importer: str, imported: str) -> int:
    return graph.get_import_details(importer=importer, imported=imported)[0]["line_number"]
