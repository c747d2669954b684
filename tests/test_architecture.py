"""What no other tool holds: sizes, names, empty packages, and who may write the book."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from ledger.config import ROOT

FUNCTION_LINES: Final = 60
MODULE_LINES: Final = 400
VIEW_LINES: Final = 20
VAGUE_NAMES: Final = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "service",
    "services",
    "manager",
    "managers",
    "misc",
}
NOT_OURS: Final = {".git", ".venv", "var", "dist", "__pycache__", "node_modules"}

REGISTRIES: Final = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("cdn", "playwright", "dev"),
    )
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[Path, ast.Module]:
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for top in ("ledger", "migrations", "tests")
        for path in sorted((ROOT / top).rglob("*.py"))
    }


def ours() -> dict[Path, ast.Module]:
    return {path: tree for path, tree in modules().items() if path.is_relative_to(ROOT / "ledger")}


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def called(call: ast.Call) -> str:
    """Give the last name of what is called: `Posting` for `models.Posting(...)`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_a_function_fits_on_a_screen() -> None:
    assert not [
        f"{place(path, function)} {function.name}: {length(function)} lines"
        for path, tree in modules().items()
        if "versions" not in path.parts
        for function in functions(tree)
        if length(function) > FUNCTION_LINES
    ]


def test_a_module_can_be_read_in_one_sitting() -> None:
    counted = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert not [f"{path.relative_to(ROOT)}: {n} lines" for path, n in counted.items() if n > MODULE_LINES]


def test_a_view_only_translates() -> None:
    assert not [
        f"{place(path, function)} {function.name}: {length(function)} lines"
        for path, tree in ours().items()
        if path.is_relative_to(ROOT / "ledger" / "web")
        for function in functions(tree)
        if function.args.args and function.args.args[0].arg == "context" and length(function) > VIEW_LINES
    ]


def test_a_module_is_named_for_what_it_holds() -> None:
    assert not [str(path) for path in modules() if {path.stem, *path.parts[len(ROOT.parts) :]} & VAGUE_NAMES]


def test_a_package_holds_nothing_itself() -> None:
    for path, tree in modules().items():
        if path.name == "__init__.py":
            kinds = [type(node) for node in tree.body]
            assert kinds == [ast.Expr], place(path, tree)
            assert ast.get_docstring(tree), place(path, tree)


def test_every_module_says_what_it_is_for() -> None:
    assert not [place(path, tree) for path, tree in ours().items() if not ast.get_docstring(tree)]


def test_only_commands_print() -> None:
    assert not [
        place(path, call)
        for path, tree in ours().items()
        if not path.is_relative_to(ROOT / "ledger" / "cli")
        for call in calls(tree)
        if called(call) == "print"
    ]


def test_only_the_journal_writes_postings() -> None:
    def writes(call: ast.Call) -> bool:
        given = {ast.unparse(argument).rpartition(".")[2] for argument in call.args}
        return called(call) == "Posting" or (called(call) in {"insert", "update", "delete"} and "Posting" in given)

    assert not [
        place(path, call)
        for path, tree in ours().items()
        if path != ROOT / "ledger" / "books" / "writing.py"
        for call in calls(tree)
        if writes(call)
    ]
    assert [
        path.name
        for path, tree in ours().items()
        if any(
            "writing" in {name.name for name in node.names} and node.module == "ledger.books"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        )
    ] == ["journal.py"]


def test_no_file_names_a_package_registry() -> None:
    found = []
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in NOT_OURS and not name.endswith(("_cache", ".egg-info"))]
        for path in (Path(folder) / name for name in names):
            content = path.read_bytes().decode("utf-8", errors="replace")
            found += [f"{path.relative_to(ROOT)}: {name}" for name in REGISTRIES if name in content]
    assert not found
