#!/usr/bin/env python3
"""Fails when the documentation names a file that does not exist, or leaves a file out.

  docs_test.py SOURCE_DIR

Checks the relative links of every .md file outside of tests/golden, with their anchors, the paths
in its code spans, that docs/README.md has every page of docs/, that scripts/README.md has every
script, and that every script with an interpreter line can be run by its name."""
import pathlib
import re
import sys

ROOTS = ("apps", "cmake", "docs", "formats", "lib", "models", "scripts", "tests", "tools")
LINK = re.compile(r"\]\(([^)#:\s]*)(?:#([^)]*))?\)")
SPAN = re.compile(r"`((?:%s)/[\w./*-]+)" % "|".join(ROOTS))  # noqa: UP031

source = pathlib.Path(sys.argv[1])
failures = []
n_checked = 0


def expect(condition, message):
    global n_checked
    n_checked += 1
    if not condition:
        failures.append(message)


def anchors_of(page):
    """The anchors that GitHub gives to headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


pages = [
    page for page in source.rglob("*.md")
    if page.relative_to(source).parts[0] not in ("build", ".git")
]
for page in pages:
    name = page.relative_to(source)
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for link, anchor in LINK.findall(text):
        target = page.parent / link if link else page
        expect(target.exists(), f"{name}: no such file: {link}")
        if anchor and target.suffix == ".md" and target.exists():
            expect(anchor in anchors_of(target), f"{name}: no such heading: {link}#{anchor}")
    for path in SPAN.findall(text):
        found = any(source.glob(path)) if "*" in path else (source / path.rstrip(".")).exists()
        expect(
            found or path.startswith(("tests/golden", "tests/fuzz/found")) or "NAME" in path
            or "TARGET" in path, f"{name}: no such path: {path}")

index = (source / "docs/README.md").read_text()
for page in (source / "docs").glob("*.md"):
    expect(page.name in index, f"docs/README.md: no line for {page.name}")
scripts = (source / "scripts/README.md").read_text()
for folder in ("", "verify", "bench", "train"):
    for script in (source / "scripts" / folder).iterdir():
        if script.is_file() and script.name != "README.md":
            expect(f"`{folder}{'/' if folder else ''}{script.name}`" in scripts,
                   f"scripts/README.md: no line for {folder}/{script.name}")

for folder in ("scripts", "tests"):
    for script in (source / folder).rglob("*"):
        if script.is_file() and script.suffix in ("", ".py", ".sh"):
            with script.open("rb") as file:
                runs = file.read(2) == b"#!"
            expect(not runs or script.stat().st_mode & 0o100,
                   f"{script.relative_to(source)}: not executable")

print("\n".join(failures) or f"{n_checked} names in {len(pages)} pages exist")
sys.exit(bool(failures) or n_checked < 50)
