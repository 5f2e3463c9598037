#!/usr/bin/env python3
"""Writes lib/unicode/normalization.inc: what the normalizers of `tokenizers` do to each code point.

The package follows several versions of Unicode at once (normal forms of one, categories of
another), so nothing is taken from a database: every fact is asked of the package itself. Run with
tokenizers 0.23.3:

    python3 scripts/goldens/tables/make_unicode_normalization.py > lib/unicode/normalization.inc

Canonical combining classes are found by which marks change places; unicodedata only proposes one
mark of each class to compare with."""

import unicodedata

from tokenizers import __version__, normalizers, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xAC00 + 11172)

NFC, NFD, NFKC, NFKD = (getattr(normalizers, n)().normalize_str
                        for n in ("NFC", "NFD", "NFKC", "NFKD"))


def each(normalize):
    """{code point: its normal form} where that differs."""
    return {c: normalize(chr(c)) for c in SCALARS if normalize(chr(c)) != chr(c)}


def combining_classes(decomposed):

    def swapped(first, second):
        out = NFD("A" + first + second)
        assert out in ("A" + first + second, "A" + second + first)
        return out[1] == second and first != second

    lowest, highest = "\u0334", "\u0345"  # of classes 1 and 240
    marks = [
        chr(c) for c in SCALARS if c not in decomposed and c not in HANGUL and (
            swapped(chr(c), lowest) or swapped(highest, chr(c)))
    ]
    of_class = {}
    for mark in marks:
        of_class.setdefault(unicodedata.combining(mark), mark)
    result = {}
    for mark in marks:
        below = [k for k, r in of_class.items() if swapped(mark, r)]
        above = [k for k, r in of_class.items() if swapped(r, mark)]
        (own, ) = [k for k in of_class if k not in below and k not in above and k != 0]
        assert all(k < own for k in below) and all(k > own for k in above)
        result[ord(mark)] = own
    return result


def compositions(decomposed):
    pairs = {}
    for c, form in decomposed.items():
        if c in HANGUL or len(form) < 2 or NFC(chr(c)) != chr(c):
            continue
        first = NFC(form[:-1])
        assert len(first) == 1 and NFC(first + form[-1]) == chr(c)
        pairs[ord(first), ord(form[-1])] = c
    return pairs


def split_away(pre_tokenizer, text="a%sb"):
    """The code points between which and the letters around them the pre-tokenizer cuts."""
    result = {}
    for c in SCALARS:
        words = [w for w, _ in pre_tokenizer.pre_tokenize_str(text % chr(c))]
        if len(words) > 1:
            result[c] = "removed" if len(words) == 2 else "isolated"
    return result


FLAGS = (
    "nfd nfkd nfc nfkc combines lowers strips nonspacing drops blank cjk space punctuation word".
    split())


def main():
    nfd, nfkd = each(NFD), each(NFKD)
    nfc, nfkc = each(NFC), each(NFKC)
    classes = combining_classes(nfd)
    pairs = compositions(nfd)
    seconds = {second
               for _, second in pairs} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    lower = each(normalizers.Lowercase().normalize_str)

    def dropped(normalizer, around=""):
        return {c for c in SCALARS if normalizer.normalize_str("a" + chr(c) + "b") == "ab"}

    def bert(**flags):
        return normalizers.BertNormalizer(
            **{
                "clean_text": False, "handle_chinese_chars": False, "strip_accents": False,
                "lowercase": False, **flags
            })

    clean = bert(clean_text=True).normalize_str
    accents = bert(strip_accents=True).normalize_str
    words = split_away(pre_tokenizers.BertPreTokenizer())
    assert split_away(
        pre_tokenizers.Punctuation()) == {c: k
                                          for c, k in words.items() if k == "isolated"}
    assert set(split_away(
        pre_tokenizers.WhitespaceSplit())) == {c
                                               for c, k in words.items() if k == "removed"}
    sets = {
        "nfd": set(nfd),
        "nfkd": set(nfkd),
        "nfc": set(nfc),
        "nfkc": set(nfkc),
        "combines": seconds,
        "lowers": set(lower),
        "strips": dropped(normalizers.StripAccents()),
        "nonspacing": {c
                       for c in SCALARS if c not in nfd and accents(chr(c)) == ""},
        "drops": {c
                  for c in SCALARS if clean(chr(c)) == ""},
        "blank": {c
                  for c in SCALARS if clean(chr(c)) == " "},
        "cjk": {
            c
            for c in SCALARS
            if bert(handle_chinese_chars=True).normalize_str(chr(c)) == f" {chr(c)} "
        },
        "space": {c
                  for c, k in words.items() if k == "removed"},
        "word": set(SCALARS) - set(split_away(pre_tokenizers.Whitespace())),
        "punctuation": {c
                        for c, k in words.items() if k == "isolated"},
    }
    assert all(clean(chr(c)) in ("", " ", chr(c)) for c in SCALARS)

    records = {(0, 0): 0}
    record_of = [0] * 0x110000
    for c in SCALARS:
        flags = sum(1 << i for i, name in enumerate(FLAGS) if c in sets[name])
        record_of[c] = records.setdefault((classes.get(c, 0), flags), len(records))
    assert len(records) <= 256
    blocks = {}
    block_of = [
        blocks.setdefault(tuple(record_of[i:i + 128]), len(blocks))
        for i in range(0, 0x110000, 128)
    ]
    assert len(blocks) <= 0xFFFF

    def array(name, kind, values):
        print(f"constexpr auto {name} = std::to_array<{kind}>({{")
        line = ""
        for value in map(str, values):
            if len(line) + len(value) > 108:
                print(line)
                line = ""
            line += value + ","
        print(line + "});")

    text = []

    def mapping(name, of):
        rows = []
        for c in sorted(of):
            form = [ord(x) for x in of[c]]
            at = next((i for i in range(len(text)) if text[i:i + len(form)] == form), len(text))
            if at == len(text):
                text.extend(form)
            rows.append(f"{{{c},{at},{len(form)}}}")
        array(name, "Mapping", rows)

    print("// Generated by scripts/goldens/tables/make_unicode_normalization.py; do not edit.")
    print(f"// tokenizers {__version__}.")
    array("kRecords", "Record", [f"{{{k},{f}}}" for k, f in records])
    array("kBlockOf", "std::uint16_t", block_of)
    array("kRecordOf", "std::uint8_t", [r for block in blocks for r in block])
    mapping("kCanonical", {c: f for c, f in nfd.items() if c not in HANGUL})
    # Only where the compatibility form is not the canonical one.
    mapping("kCompatible", {c: f for c, f in nfkd.items() if nfd.get(c) != f})
    mapping("kLower", lower)
    array("kMappedText", "char32_t", text)
    array("kCompositions", "Composition",
          [f"{{{a},{b},{c}}}" for (a, b), c in sorted(pairs.items())])


if __name__ == "__main__":
    main()
