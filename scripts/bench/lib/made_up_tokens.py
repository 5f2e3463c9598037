"""The made-up tokens that tools/bench runs over, for the peers to run over the same."""


def made_up_tokens(first, n, vocab_size):
    """Tokens first .. first + n - 1 of a sequence."""
    return [i * 7919 % vocab_size for i in range(first, first + n)]
