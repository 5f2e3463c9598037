"""Functions of a library's source file, without importing the library, which may need a GPU."""
import ast
import pathlib


def functions(path, names, scope):
    """Defines the functions of these names in `scope` and returns it."""
    source = pathlib.Path(path).read_text()
    found = set()
    for node in ast.parse(source).body:
        name = getattr(node, "name", None)
        if name in names:
            found.add(name)
            exec(ast.get_source_segment(source, node), scope)  # noqa: S102
    missing = set(names) - found
    if missing:
        raise SystemExit(f"{path}: no {', '.join(sorted(missing))}")
    return scope
