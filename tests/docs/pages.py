"""The commands of Markdown pages: blocks that are fenced as `sh`, and what is said about them.

A comment, which no reader sees, may stand on the line above a fence:

  <!-- not run: REASON -->         above ```sh: the commands need what a test does not have
  <!-- exit code N -->             above ```sh: how its last command ends
  <!-- typed: LINE; LINE -->       above ```sh: run at a terminal, where these lines are typed
  <!-- prints -->                  above ```text: what the block before prints to standard
                                   output, or if it fails to standard error
  <!-- prints with SmolLM2 -->     the same, where the tests have the real model

White space does not count there, and a line of three dots stands for any words."""
import dataclasses
import re

MARK = re.compile(r"<!-- (not run|exit code|typed|prints)(?:: ?| |)(.*) -->$")


@dataclasses.dataclass
class Block:
    page: str
    line: int             # of the first command
    text: str
    not_run: str = ""     # the reason
    exit_code: int = 0
    typed: list = None
    prints: str = None
    needs_real: bool = False

    def where(self):
        return f"{self.page}:{self.line}"


def add_output(blocks, kind, text, where):
    if not blocks or blocks[-1].prints is not None or blocks[-1].not_run:
        raise ValueError(f"{where}: no command that prints this")
    blocks[-1].prints = text
    blocks[-1].needs_real = kind == "with SmolLM2"
    if kind not in ("", "with SmolLM2"):
        raise ValueError(f"{where}: unknown mark: prints {kind}")


def read_blocks(name, text):
    """The blocks of a page in their order. A mark in a wrong place is an error."""
    blocks, mark, inside, begin = [], None, None, 0
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"\s*```(.*)$", line)
        if inside is None:
            if fence:
                inside, begin, body = fence.group(1).strip(), number, []
            else:
                if mark:
                    raise ValueError(f"{name}:{number}: a mark without a fence below it")
                mark = MARK.match(line.strip())
        elif not fence:
            body.append(line)
        else:
            body = "\n".join(body) + "\n"
            what, rest = (mark.group(1), mark.group(2)) if mark else ("", "")
            where = f"{name}:{begin}"
            if inside in ("bash", "console", "shell"):
                raise ValueError(f"{where}: commands are fenced as sh")
            if inside == "sh" and what != "prints":
                block = Block(name, begin + 1, body)
                if what == "not run":
                    block.not_run = rest
                elif what == "exit code":
                    block.exit_code = int(rest)
                elif what == "typed":
                    block.typed = rest.split("; ")
                blocks.append(block)
            elif inside == "text" and what == "prints":
                add_output(blocks, rest, body, where)
            elif what:
                raise ValueError(f"{where}: a mark above the wrong fence")
            mark, inside = None, None
    return blocks
