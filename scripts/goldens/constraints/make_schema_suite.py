#!/usr/bin/env python3
"""Makes tests/golden/constraints/schema_suite.json: the JSON Schema test suite, draft 2020-12.

  make_schema_suite.py JSONSCHEMA_SDIST

JSONSCHEMA_SDIST: the folder of the unpacked source distribution of `jsonschema` (from PyPI:
`pip download --no-binary jsonschema --no-deps jsonschema`), whose folder json/ is the suite
(https://github.com/json-schema-org/JSON-Schema-Test-Suite, MIT). The main files are taken, of
format.json the assertions of optional/format instead, as Quire asserts formats; without leap
seconds, which it does not write.

The result is a list of groups {file, description, schema, tests}; schema is JSON as text, a test is
[valid, text, ...] with the instance as Python's json.dumps writes it: compact, with spaces, and
indented; each text once.
"""

import json
import pathlib
import sys

FORMATS = ("date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri",
           "uri-reference", "uuid", "json-pointer", "relative-json-pointer")
OUT = pathlib.Path(__file__).parents[3] / "tests/golden/constraints/schema_suite.json"


def texts_of(data):
    texts = [json.dumps(data, separators=(",", ":")), json.dumps(data),
             json.dumps(data, ensure_ascii=False), json.dumps(data, indent=2)]
    return list(dict.fromkeys(texts))


def groups_of(path, name):
    for group in json.loads(path.read_text()):
        leaps = name.startswith("format/")
        tests = [[test["valid"], *texts_of(test["data"])] for test in group["tests"]
                 if not (leaps and ":60" in str(test["data"]) and test["valid"])]
        yield {"file": name, "description": group["description"],
               "schema": json.dumps(group["schema"], separators=(",", ":")), "tests": tests}


suite = pathlib.Path(sys.argv[1]) / "json/tests/draft2020-12"
groups = []
for path in sorted(suite.glob("*.json")):
    if path.name != "format.json":
        groups += groups_of(path, path.name)
for name in FORMATS:
    groups += groups_of(suite / "optional/format" / f"{name}.json", f"format/{name}.json")
OUT.parent.mkdir(parents=True, exist_ok=True)
lines = ",\n".join(json.dumps(group, separators=(",", ":")) for group in groups)
OUT.write_text(f"[\n{lines}\n]\n")
print(len(groups), "groups")
