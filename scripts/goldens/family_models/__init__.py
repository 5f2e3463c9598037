"""Entries of MODELS in make_family_goldens.py of whose results only every ninth row is kept."""
from .decoders import DECODERS
from .encoders import ENCODERS
from .recurrent import RECURRENT
from .remote import PUBLISHED, REMOTE
from .wrappers import WRAPPERS

MORE = WRAPPERS | DECODERS | RECURRENT | REMOTE | ENCODERS
__all__ = ["MORE", "PUBLISHED"]
