"""Small SentencePiece models with settings drawn at random, trained by the library itself. The same
seed draws the same settings. Used by scripts/verify/tokenizers and by a script in
scripts/goldens."""

import io
import random

import sentencepiece
from random_tokenizers import CORPUS, POOL, maybe

SYMBOLS = [
    "<sep>", "ab", "the", "\n", "\n\n", "▁▁", "▁▁▁▁", "  ", "é", "e\u0301", "鐘", "10", "<end>",
    "#x#", "▁the", "aaa", "<e"
]


def options_of(rng):
    kind = rng.choice(("unigram", "unigram", "bpe", "bpe", "char", "word"))
    options = {
        "model_type": kind,
        "vocab_size": rng.randint(70, 220),
        "hard_vocab_limit": False,
        "normalization_rule_name": rng.choice(
            ("nmt_nfkc", "nmt_nfkc_cf", "nfkc", "identity", "identity")),
        "add_dummy_prefix": maybe(rng, 0.7),
        "remove_extra_whitespaces": maybe(rng),
        "treat_whitespace_as_suffix": maybe(rng, 0.2),
        "split_by_whitespace": maybe(rng, 0.8),
        "split_digits": maybe(rng, 0.3),
        "split_by_number": maybe(rng),
        "split_by_unicode_script": maybe(rng),
        "allow_whitespace_only_pieces": maybe(rng, 0.4),
        "character_coverage": rng.choice((1.0, 0.98)),
        "num_threads": 1,
        "minloglevel": 3,
    }
    if kind in ("unigram", "bpe") and maybe(rng, 0.4):
        options["byte_fallback"] = True
        options["vocab_size"] += 260
    if maybe(rng, 0.6):
        options["user_defined_symbols"] = rng.sample(SYMBOLS, rng.randint(1, 4))
    if maybe(rng, 0.3):
        options["control_symbols"] = ["<ctl>"]
    return options


def random_sentencepiece(seed):
    """The bytes of a .model file."""
    rng = random.Random(seed)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(sentence_iterator=iter(CORPUS * 4), model_writer=model,
                                             **options_of(rng))
    return model.getvalue()


def random_text(rng):
    return "".join(rng.choice(POOL + SYMBOLS) for _ in range(rng.randint(1, 14))).replace("\0", "")
