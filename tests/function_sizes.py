"""Finds function definitions and parameter lists in C++ sources, for sizes_test.py.

Not a full parser: it relies on clang-format, on balanced braces, and on macros opening no scopes.
A lambda counts as part of the function around it."""

import re

# Comments, string literals (raw ones too), character literals, preprocessor lines.
BLANKED = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|(?:u8|[uUL])?R"([^()\s\\]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z])(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'"
    r"|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)
SCOPE = re.compile(r"\b(?:namespace|struct|class|union|extern)\b[^()=]*$")
ENUM = re.compile(r"\benum\b[^()=]*$")
ACCESS = re.compile(r"^\s*(?:public|private|protected)\s*:(?!:)")
OPERATOR = re.compile(r"operator\s*(?:\(\)|[^\s\w(]+)")
NAME = re.compile(r"([\w:~]+)\s*\(")


def blanked(text):
    return BLANKED.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def end_of(text, start):
    """The position after the bracket that closes the one before `start`."""
    depth = 1
    for match in re.compile(r"[(){}]").finditer(text, start):
        depth += 1 if match.group() in "({" else -1
        if depth == 0:
            return match.end()
    return len(text)


def n_parameters(parameters):
    depth = 0
    n = 1 if parameters.strip() not in ("", "void") else 0
    for character in parameters:
        depth += (character in "(<[{") - (character in ")>]}")
        n += character == "," and depth == 0
    return n


def signature(head):
    """The name and the parameters of the function that begins in this way, or None."""
    # Without the arguments of a template's head, and with operators as words.
    head = OPERATOR.sub("operator_", ACCESS.sub("", head))
    match = NAME.search(head)
    if match is None or "=" in head[:match.start()]:
        return None
    end = end_of(head, match.end())
    return match.group(1), n_parameters(head[match.end():end - 1])


def functions(text):
    """(line, name, number of parameters, lines of the body or 0 without one) of each function."""
    text = blanked(text)
    found = []
    start = 0
    pending = None  # a constructor's name while its initializers are read
    boundary = re.compile(r"[{};(]")
    position = 0
    while match := boundary.search(text, position):
        position = match.end()
        if match.group() == "(":
            position = end_of(text, position)
            continue
        head = text[start:match.start()]
        line = text.count("\n", 0, start + len(head) - len(head.lstrip())) + 1
        if match.group() == "{" and not SCOPE.search(head) or ENUM.search(head):
            position = end_of(text, position)
            own = signature(head) or pending
            # The braces of an initializer: the body of the constructor follows.
            pending = own if text[position:].lstrip()[:1] in (",", "{") else None
            if own is not None and pending is None:
                n_lines = max(0, text.count("\n", match.end(), position) - 1)
                found.append((line, *own, n_lines))
            elif pending is None:
                continue  # a table or a member with a value: its ";" follows
        elif match.group() == ";" and signature(head) is not None:
            found.append((line, *signature(head), 0))
        start = position
    return found
