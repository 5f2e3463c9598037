"""Entries of MODELS in make_family_goldens.py of whose results only every ninth row is kept."""
from .decoders import DECODERS
from .encoders import ENCODERS
from .experts import EXPERT_MODELS
from .recurrent import RECURRENT
from .remote import PUBLISHED, REMOTE, ROUNDED
from .seq2seq import SEQ2SEQ, as_t5_apart, reference, untie
from .wrappers import WRAPPERS

for name in ("t5-apart", "mt5-apart"):
    PUBLISHED[name] = as_t5_apart
    ROUNDED[name] = untie

MORE = WRAPPERS | DECODERS | EXPERT_MODELS | RECURRENT | REMOTE | ENCODERS | SEQ2SEQ
__all__ = ["MORE", "PUBLISHED", "ROUNDED", "SEQ2SEQ", "reference"]
