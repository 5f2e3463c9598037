"""Text that tokenizers stumble over, the same every time: many scripts, code, emoji with joiners,
combining marks, runs of white space, mixed line ends, digits, punctuation, spelled special tokens
and broken UTF-8."""

import random

SCRIPTS = [
    (0x41, 0x5A),
    (0x61, 0x7A),
    (0xC0, 0x24F),
    (0x370, 0x3FF),
    (0x400, 0x4FF),
    (0x531, 0x556),
    (0x5D0, 0x5EA),
    (0x620, 0x64A),
    (0x904, 0x939),
    (0x985, 0x9B9),
    (0xB85, 0xBB9),
    (0xE01, 0xE3A),
    (0x10A0, 0x10FF),
    (0x1100, 0x11FF),
    (0x3041, 0x3096),
    (0x30A1, 0x30FA),
    (0x4E00, 0x9FBF),
    (0xAC00, 0xD7A3),
    (0xFF21, 0xFF5A),
    (0x1E00, 0x1EFF),
    (0x2C80, 0x2CE4),
    (0x10400, 0x1044F),
    (0x1D400, 0x1D4FF),
    (0x20000, 0x200FF),
    (0xA640, 0xA66D),
    (0x1C80, 0x1C8F),
]
MARKS = [(0x300, 0x36F), (0x93E, 0x94D), (0x610, 0x61A), (0x64B, 0x65F), (0xE31, 0xE3A),
         (0x20D0, 0x20DC), (0x1DC0, 0x1DFF)]
NUMBERS = [(0x30, 0x39), (0x660, 0x669), (0x966, 0x96F), (0x2160, 0x217F), (0xBC, 0xBE),
           (0x2460, 0x249B), (0x1D7CE, 0x1D7FF)]
SPACES = " \t\n\r\v\f\x85\xa0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
EMOJI = "😀😅🤔👩👨👧💻🏳🌈❤🇩🇪🇫🇷👍🏽🧑🚀☕✈"
JOINERS = "\u200d\ufe0f\u200c\u200b\u20e3\U0001f3fd\u2060\ufeff"
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»“”‘’…–—¡¿、。「」·•†‡§¶©®™°±×÷€£¥₿∀∑√∞≈≠⊂"
CONTRACTIONS = [
    "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "'Ve", "\u2019s", "'\u017f", "n't",
    "'s't", "o'clock"
]
SPECIALS = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<s>",
    "</s>",
    "<unk>",
    "<bos>",
    "<eos>",
    "<pad>",
    "<start_of_turn>",
    "<|begin_of_text|>",
    "<|eot_id|>",
    "<|end_header_id|>",
    "<tool_call>",
    "</think>",
    "<|endofprompt|>",
    "[CLS]",
    "<h1>",
    "<|endoftex",
    "im_end|>",
    "<0x0A>",
    "\u2581",
    "\u2581\u2581the",
    "<unused1>",
    "<table>",
]
CODE = [
    "for (int i = 0; i < n; ++i) {\n\t\tsum += a[i] * b[i];\n\t}\r\n",
    "def f(x: int) -> str:\n    return f\"{x!r}\"\n\n\n",
    "#include <vector>\n#define MAX(a,b) ((a)>(b)?(a):(b))\n",
    "https://example.com/a?b=c&d=%20e#f",
    "SELECT * FROM t WHERE x='y';--\n",
    "camelCaseHTTPServerID snake_case_name SCREAMING_CASE kebab-case",
    "\"key\": [1, 2.5e-10, null, true],\n",
    "/* ** */ // ///\n//\n/\n",
    "0xDEADBEEF 1234567 3.14159265358979 1e-9 1,000,000",
    "</div><br/>\n<p class='x'>",
    "$\\frac{a}{b}$ \\n \\t \\u00e9",
    "AAAAaaaaBBBB",
    "aGVsbG8gd29ybGQhIFRoaXMgaXMgYmFzZTY0Lg==",
    "    \n        \n\t\n   x",
]


def character(rng, ranges):
    low, high = rng.choice(ranges)
    return chr(rng.randint(low, high))


def word(rng):
    script = rng.choice(SCRIPTS)
    letters = [chr(rng.randint(*script)) for _ in range(rng.randint(1, 9))]
    for _ in range(rng.choice((0, 0, 0, 1, 3))):
        letters.insert(rng.randint(1, len(letters)), character(rng, MARKS))
    return "".join(letters)


def part(rng, words):
    """A few characters of one sort."""
    kind = rng.randint(0, 15)
    if kind <= 3:
        return " ".join(rng.choice(words) for _ in range(rng.randint(1, 8)))
    if kind <= 5:
        return " ".join(word(rng) for _ in range(rng.randint(1, 4)))
    if kind == 6:
        return rng.choice(CODE)
    if kind == 7:
        return "".join(
            rng.choice(EMOJI) + rng.choice(["", rng.choice(JOINERS)])
            for _ in range(rng.randint(1, 5)))
    if kind == 8:
        return rng.choice(SPACES) * rng.randint(1, 9)
    if kind == 9:
        return "".join(rng.choice(SPACES) for _ in range(rng.randint(1, 7)))
    if kind == 10:
        return "".join(character(rng, NUMBERS) for _ in range(rng.randint(1, 8)))
    if kind == 11:
        return "".join(rng.choice(PUNCTUATION) for _ in range(rng.randint(1, 5)))
    if kind == 12:
        return rng.choice(words) + rng.choice(CONTRACTIONS)
    if kind == 13:
        return rng.choice(SPECIALS)
    if kind == 14:
        return "".join(
            chr(c) for c in (rng.randint(0, 0x2FFFF) for _ in range(rng.randint(1, 4)))
            if not 0xD800 <= c < 0xE000)
    return rng.choice(words) + rng.choice(["\r\n", "\n", "\r", "\n\r\n", "\n\n\n", "\t", "  "])


def mixed_text(seed, n_bytes, words, broken=False):
    """About n_bytes of bytes; `words`: ordinary words to mix in; broken: some of it is not
    UTF-8."""
    rng = random.Random(seed)
    parts = []
    size = 0
    while size < n_bytes:
        piece = part(rng, words).encode()
        if broken and rng.random() < 0.05:
            at = rng.randint(0, len(piece))
            piece = piece[:at] + bytes(rng.randint(0x80, 0xFF)
                                       for _ in range(rng.randint(1, 3))) + piece[at:]
        if rng.random() < 0.6:
            piece += b" "
        parts.append(piece)
        size += len(piece)
    return b"".join(parts)


# Strings by themselves that programs stumble over: empty ones and lone parts of things, numbers
# that are none, markup and code, text from right to left, zero-width and private characters, long
# combinations, and what looks like a token.
NAUGHTY = [
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x7f",
    "\ufeff",
    "\ufffd",
    "\u200b",
    "\u00ad",
    "\u2028",
    "\u2029",
    "\U000e0001",
    "undefined",
    "NULL",
    "nil",
    "0",
    "-0",
    "1.00",
    "$1.00",
    "1/2",
    "1E2",
    "1,000,000.00",
    "0xffffffffffffffff",
    "NaN",
    "-Infinity",
    "09.0",
    "2.2250738585072011e-308",
    "١٢٣٤٥",
    "½⅓⅛",
    "０１２",
    "!@#$%^&*()`~",
    "<>?:\"{}|_+",
    ",./;'[]\\-=",
    "''''\"\"''",
    "Ω≈ç√∫˜µ≤≥÷",
    "åß∂ƒ©˙∆˚¬…æ",
    "œ∑´®†¥¨ˆøπ“‘",
    "¡™£¢∞§¶•ªº–≠",
    "ЁЂЃЄЅІЇЈЉЊЋЌЍЎЏ",
    "⁰⁴⁵₀₁₂",
    "ด้้้้้็็็็็้้้้้็็็็็",
    "田中さんにあげて下さい",
    "사회과학원 어학연구소",
    "찦차를 타고 온 펲시맨과",
    "𠜎𠜱𠝹𠱓𠱸𠲖",
    "Ⱥ Ⱦ",
    "ヽ༼ຈل͜ຈ༽ﾉ",
    "(｡◕ ∀ ◕｡)",
    "😍👩🏽👨‍🦰👾🙇💁🙅",
    "👩‍👩‍👧‍👦🇺🇸🇷🇺🇸",
    "בְּרֵאשִׁית",
    "هُنَاكَ",
    "﷽ﷺ",
    "مُنَاقَشَةُ",
    "\u202etest\u202c",
    "\u2066test\u2067",
    "a\u2060b",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "ǝɹolop ʇᴉs",
    "Ｔｈｅ ｑｕｉｃｋ",
    "𝐓𝐡𝐞 𝕢𝕦𝕚𝕔𝕜 𝓫𝓻𝓸𝔀𝓷",
    "⒯⒣⒠",
    "ﬁﬂﬀ ﬃ ſt ẞß",
    "ǅ ŉ ΐ İ ı",
    "<script>alert(0)</script>",
    "<img \x00src=x onerror=\"alert(1)\">",
    "1;DROP TABLE users",
    "' OR 1=1 -- 1",
    "$(touch x)",
    "`ls`",
    "%d%s%n",
    "../../../etc/passwd",
    "() { 0; }; touch x",
    "If you're reading this",
    "\x1b[31mred\x1b[0m",
    "{% raw %}{{ x }}",
    "<s>",
    "</s>",
    "<unk>",
    "<pad>",
    "[UNK]",
    "[CLS] [SEP]",
    "[MASK]",
    "<|endoftext|>",
    "<mask>",
    "<extra_id_0>",
    "<bos><eos>",
    "<0x00>",
    "<0xFF>",
    "▁",
    "▁▁▁",
    "Ġ",
    "Ċ",
    "##ing",
    "</w>",
    "@@ ",
    "<unused0>",
    "<|im_start|>user\n",
    "don't can't WE'LL I'd'd",
    "\n\n\n \n",
    "e\u0301\u0327",
    "\u1112\u1161\u11ab",
    "\u0958",
    "\u2126\u212b",
    "\uac00\u11a8",
    "x" * 300,
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]
