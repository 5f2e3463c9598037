#!/usr/bin/env python3
"""The page of gen --trace in a real browser, beside the JSON of the same run: what it shows when
somebody clicks, hovers, types, and chooses a layer and a head. Skipped where Chromium is missing.

  page_test.py BIN_DIR SOURCE_DIR
"""
import json
import pathlib
import re
import shutil
import sys
import tempfile

bin_dir, source = map(pathlib.Path, sys.argv[1:3])
sys.path.insert(0, str(source / "tests/cli"))
from support import check, finish, run  # noqa: E402

SKIPPED = 77
chromium = shutil.which("chromium") or shutil.which("chromium-browser")
temporary = tempfile.TemporaryDirectory()
folder = pathlib.Path(temporary.name)
PROMPT = "One </script> day a <b>girl</b> & her dog"
# What a person does, and what the page shows afterwards, as JSON in an element of its own.
ACTIONS = """
<script>
const seen = {};
const key = (name) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
const rows = (id) => [...$(id).querySelectorAll("tr")].map((row) =>
  [...row.cells].map((cell) => cell.textContent));
seen.title = document.title;
seen.words = spans.map((span) => span.textContent);
seen.kinds = spans.map((span) => span.className.split(" ")[0]);
spans[5].click();
seen.clicked = $("chosen-name").textContent;
seen.expected = rows("expected");
spans[4].dispatchEvent(new MouseEvent("mouseenter"));
seen.tip = $("tip").textContent;
seen.tipShown = !$("tip").hidden;
spans[4].dispatchEvent(new MouseEvent("mouseleave"));
seen.tipGone = $("tip").hidden;
seen.reads = [];
for (let layer = 0; layer < data.layers.length; ++layer) {
  $("layer").value = layer;
  $("layer").dispatchEvent(new Event("input"));
  for (let head = 0; head < data.layers[layer].heads; ++head) {
    $("head").value = head;
    $("head").dispatchEvent(new Event("change"));
    seen.reads.push([layer, head, rows("reads"), $("lines").children.length]);
  }
}
seen.lens = rows("lens");
seen.added = rows("added");
seen.times = rows("times");
seen.data = data.times;
spans[5].click();
key("ArrowRight");
seen.afterRight = state.token;
key("ArrowLeft"); key("ArrowLeft");
seen.afterLeft = state.token;
key("ArrowDown");
seen.afterDown = state.layer;
const box = canvas.getBoundingClientRect();
canvas.dispatchEvent(new MouseEvent("click", { clientX: box.left + 1,
  clientY: box.top + box.height * 7.5 / n }));
seen.afterMatrix = state.token;
const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
seen.painted = pixels.some((value) => value > 0);
seen.requests = performance.getEntriesByType("resource").length;
const out = document.createElement("pre");
out.id = "seen";
out.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(seen))));
document.body.append(out);
</script>
</body>"""


def shown_by(page):
    """What the page shows to somebody who does ACTIONS."""
    acted = folder / "acted.html"
    acted.write_text(page.replace("</body>", ACTIONS), encoding="utf-8")
    ran = run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
               f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=10000",
               acted.as_uri()])
    found = re.search(rb'<pre id="seen">([A-Za-z0-9+/=]+)</pre>', ran.stdout)
    check("the page ran", found is not None, (ran.stdout[-500:], ran.stderr[-500:]))
    import base64
    return json.loads(base64.b64decode(found.group(1))) if found else None


def near(text, value, places):
    """Whether a shown number is a value, but for its rounding."""
    return abs(float(text.removesuffix(" %")) - value) <= places


def compare(seen, trace):
    """The page's numbers beside those of the JSON."""
    tokens = trace["tokens"]
    check("title", trace["model"]["name"] in seen["title"], seen["title"])
    check("words", seen["words"] == [token["text"] for token in tokens], seen["words"])
    check("kinds", seen["kinds"] == [token["kind"] for token in tokens], seen["kinds"])
    check("clicked", seen["clicked"].startswith("Token 5: "), seen["clicked"])
    for row, likely in zip(seen["expected"], tokens[5]["top"], strict=True):
        check("alternatives", near(row[0], 100 * likely["probability"], 0.06), (row, likely))
    check("tip", seen["tipShown"] and seen["tipGone"] and "token 4" in seen["tip"], seen["tip"])
    for layer, head, rows, n_lines in seen["reads"]:
        expected = trace["layers"][layer]["attention"][head][5]
        check("lines", 0 < n_lines <= len(expected), (layer, head, n_lines))
        for row, (position, weight) in zip(rows, expected, strict=False):
            check("reads", near(row[0], 100 * weight, 0.3) and row[3] == f"token {position}",
                  (layer, head, row, position, weight))
    for layer, (lens, added) in enumerate(zip(seen["lens"], seen["added"], strict=True)):
        found = trace["layers"][layer]
        first = f'{100 * found["lens"][5][0]["probability"]:.1f} %'
        check("lens", first in lens[1], (lens, first))
        check("added", added[2] == f'{found["attention_norm"][5]:.2f} and '
              f'{found["feed_forward_norm"][5]:.2f}', added)
    # Each file is of a run of its own, so its times are, too.
    names = [time["operation"] for time in trace["times"]]
    check("operations", names == [row[0] for row in seen["times"]], (names, seen["times"]))
    for row, time in zip(seen["times"], seen["data"], strict=True):
        check("times", row[2] == f'{time["prompt_ms"]:.3f} and {time["token_ms"]:.3f}', (row, time))
    for key in ("prompt_ms", "token_ms"):
        spent = {time["operation"]: time[key] for time in trace["times"]}
        check(f"{key}: of operations that the model has", all(
            (spent[name] > 0) == (name != "recurrent")
            for name in ("qkv", "attention", "recurrent", "down", "output")), spent)
    check("keys", (seen["afterRight"], seen["afterLeft"], seen["afterDown"])
          == (6, 4, len(trace["layers"]) - 2), seen)
    check("matrix", seen["afterMatrix"] == 7 and seen["painted"], seen["afterMatrix"])
    check("no request", seen["requests"] == 0, seen["requests"])


def main():
    if chromium is None:
        print("skipped: no Chromium")
        sys.exit(SKIPPED)
    model = folder / "tiny.quire"
    packed = run([bin_dir / "pack", source / "tests/golden/tiny-llama", "-o", model])
    check("pack", packed.returncode == 0, packed.stderr)
    command = [bin_dir / "gen", "-m", model, "--raw", "-n", "6", "-s", "3", "--kv-type", "f32"]
    plain = run([*command, PROMPT])
    traced = [run([*command, "--trace", folder / name, PROMPT])
              for name in ("trace.json", "trace.html")]
    check("the answer does not change",
          all(ran.returncode == 0 and ran.stdout == plain.stdout for ran in traced), traced)
    page = (folder / "trace.html").read_text(encoding="utf-8")
    check("nothing from outside", not re.search(r"(src|href)=|@import|url\(|fetch\(", page))
    trace = json.loads((folder / "trace.json").read_text(encoding="utf-8"))
    seen = shown_by(page)
    if seen:
        compare(seen, trace)
    wrong = run([*command, "--trace", folder / "trace.txt", PROMPT])
    check("another ending", wrong.returncode == 2 and b".html or .json" in wrong.stderr, wrong)
    letter = folder / "letter.html"
    letter.write_text("<p>Dear reader")
    refused = run([*command, "--trace", letter, PROMPT])
    check("a letter is left", refused.returncode == 2 and letter.read_text() == "<p>Dear reader",
          refused)
    again = run([*command, "--trace", folder / "trace.html", PROMPT])
    check("a trace is replaced", again.returncode == 0, again)
    finish()


main()
