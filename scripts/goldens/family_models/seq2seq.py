"""Models with an encoder. Beside the logits, they have answers: what generate() makes of the source
with the settings in the metadata."""
import json

import torch
import transformers as tf

from .sizes import VOCAB

BART = dict(vocab_size=VOCAB, d_model=32, encoder_layers=2, decoder_layers=2,
            encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48,
            decoder_ffn_dim=64, max_position_embeddings=80, pad_token_id=1, bos_token_id=0,
            eos_token_id=2, decoder_start_token_id=2)

T5 = dict(vocab_size=VOCAB, d_model=32, d_kv=12, d_ff=48, num_layers=3, num_decoder_layers=2,
          num_heads=4, relative_attention_num_buckets=12, relative_attention_max_distance=24,
          pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)

SEQ2SEQ = {
    "marian": (tf.MarianConfig, tf.MarianMTModel,
               dict(BART, decoder_layers=3, encoder_attention_heads=2, activation_function="swish",
                    scale_embedding=True, pad_token_id=319, decoder_start_token_id=319,
                    eos_token_id=0), 0),
    "marian-apart": (tf.MarianConfig, tf.MarianMTModel,
                     dict(BART, activation_function="relu", decoder_vocab_size=VOCAB + 16,
                          share_encoder_decoder_embeddings=False, pad_token_id=1), 0),
    "bart": (tf.BartConfig, tf.BartForConditionalGeneration, dict(BART), 0),
    "mbart": (tf.MBartConfig, tf.MBartForConditionalGeneration, dict(BART, scale_embedding=True),
              0),
    "m2m-100": (tf.M2M100Config, tf.M2M100ForConditionalGeneration, dict(BART), 0),
    "t5": (tf.T5Config, tf.T5ForConditionalGeneration, dict(T5), 0),
    "t5-gated": (tf.T5Config, tf.T5ForConditionalGeneration,
                 dict(T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False), 0),
    # As T5 1.1 and Flan-T5 are published.
    "t5-apart": (tf.T5Config, tf.T5ForConditionalGeneration,
                 dict(T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False), 0),
    "mt5": (tf.MT5Config, tf.MT5ForConditionalGeneration, dict(T5), 0),
    "mt5-apart": (tf.MT5Config, tf.MT5ForConditionalGeneration, dict(T5), 0),  # as published
    "umt5": (tf.UMT5Config, tf.UMT5ForConditionalGeneration, dict(T5), 0),
}


def untie(model):
    """An output matrix of its own."""
    weight = 0.2 * torch.randn_like(model.shared.weight) / model.config.d_model**0.5
    model.lm_head.weight = torch.nn.Parameter(weight.bfloat16().float())
    for ties in ("_tied_weights_keys", "all_tied_weights_keys"):
        setattr(model, ties, {key: to for key, to in getattr(model, ties).items()
                              if key != "lm_head.weight"})


def as_t5_apart(config, weights):
    """transformers 5 says so by another key."""
    config = {key: value for key, value in config.items() if key != "scale_decoder_outputs"}
    return config | {"tie_word_embeddings": False}, weights


def settings_of(likes):
    """Settings of generate(). max_length counts the first token. Small random models repeat
    themselves, so most settings forbid that; `likes` are the tokens that such a model writes."""
    once = dict(no_repeat_ngram_size=1)
    return [
        dict(num_beams=1, max_length=20),
        dict(once, num_beams=1, max_length=30),
        dict(once, num_beams=1, max_length=30, min_length=15, bad_words_ids=[likes[2:3]]),
        dict(num_beams=2, max_length=24, no_repeat_ngram_size=2),
        dict(once, num_beams=2, max_length=24),
        dict(once, num_beams=4, max_length=24, length_penalty=0.6, early_stopping=True),
        dict(once, num_beams=5, max_length=30, length_penalty=2.0),
        dict(once, num_beams=3, max_length=20, early_stopping="never", length_penalty=1.4),
        dict(num_beams=4, max_length=12, forced_first=7, forced_last=True, min_length=9,
             no_repeat_ngram_size=3),
        dict(once, num_beams=3, max_length=24, renormalize_logits=True,
             bad_words_ids=[likes[2:3], likes[3:5]]),
    ]


def answer(model, source, settings):
    arguments = dict(settings)
    first = arguments.pop("forced_first", None)
    last = model.generation_config.eos_token_id if arguments.pop("forced_last", False) else None
    out = model.generate(source[None], do_sample=False, forced_bos_token_id=first,
                         forced_eos_token_id=last, **arguments)
    return out[0].tolist()


def choose_end(model, source):
    """A token that the model likes to write early becomes the end of a text: answers end."""
    model.config.forced_eos_token_id = model.generation_config.forced_eos_token_id = None
    model.generation_config.eos_token_id = None
    likes = answer(model, source, dict(num_beams=1, max_length=12, no_repeat_ngram_size=1))
    model.config.eos_token_id = model.generation_config.eos_token_id = likes[9]
    return likes


def reference(model, tokens):
    """(source, logits, answers)"""
    rows = model.get_output_embeddings().weight.shape[0]
    tokens.remainder_(rows - 3).add_(3)
    with torch.no_grad():
        for key, number in model.named_buffers():
            if key == "final_logits_bias":
                number.copy_((0.3 * torch.randn_like(number)).bfloat16().float())
        source = torch.randint(3, model.config.vocab_size, (37, ))
        source[source == model.config.pad_token_id] = 3  # generate() would leave it out
        likes = choose_end(model, source)
        logits = model(input_ids=source[None], decoder_input_ids=tokens[None]).logits[0]
        answers = [dict(one, tokens=answer(model, source, one))
                   for one in settings_of(likes)]
    return {"source": json.dumps(source.tolist()), "answers": json.dumps(answers)}, logits
