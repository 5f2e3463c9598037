"""Encoders."""
import transformers as tf

from .sizes import ENCODER, LLAMA, VOCAB, rope

NO_TYPES = {key: value for key, value in ENCODER.items() if key != "type_vocab_size"}
ROTARY = {key: value for key, value in ENCODER.items() if key != "hidden_act"}
MODERN = dict(
    {key: value for key, value in ROTARY.items() if key not in ("type_vocab_size",)},
    num_hidden_layers=4, local_attention=20, bos_token_id=1, eos_token_id=2, cls_token_id=1,
    sep_token_id=2, pad_token_id=0)
GTE = dict(ROTARY, type_vocab_size=1, rope_parameters=rope("default"))

T5 = dict(vocab_size=VOCAB, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4,
          relative_attention_num_buckets=16, relative_attention_max_distance=40)

ENCODERS = {
    # Saved as published: see remote.py.
    "nomic-bert": (tf.NomicBertConfig, tf.NomicBertModel, dict(ROTARY), 0),
    "gte": (tf.GteConfig, tf.GteModel, dict(GTE, type_vocab_size=0), 0),
    # The scaling "ntk" of the published code, in words of transformers.
    "gte-ntk": (tf.GteConfig, tf.GteForSequenceClassification,
                dict(
                    GTE, num_labels=1, problem_type="regression", rope_parameters={
                        "rope_type": "linear", "rope_theta": 2 * 10000.0, "factor": 2**(2 / 8)
                    }), 0),
    "eurobert": (tf.EuroBertConfig, tf.EuroBertModel, dict(LLAMA, classifier_pooling="mean"), 0),
    "eurobert-classifier": (tf.EuroBertConfig, tf.EuroBertForSequenceClassification,
                            dict(LLAMA, num_labels=5, classifier_pooling="mean"), 0),
    "electra-classifier": (tf.ElectraConfig, tf.ElectraForSequenceClassification,
                           dict(ENCODER, embedding_size=32, num_labels=3), 0),
    "electra-small": (tf.ElectraConfig, tf.ElectraModel, dict(ENCODER, embedding_size=16), 0),
    "albert": (tf.AlbertConfig, tf.AlbertModel,
               dict(ENCODER, embedding_size=16, num_hidden_layers=3, hidden_act="gelu_new"), 0),
    "albert-classifier": (tf.AlbertConfig, tf.AlbertForSequenceClassification,
                          dict(ENCODER, embedding_size=16, num_labels=3), 0),
    "mpnet": (tf.MPNetConfig, tf.MPNetModel, dict(NO_TYPES), 0),
    "mpnet-classifier": (tf.MPNetConfig, tf.MPNetForSequenceClassification,
                         dict(NO_TYPES, num_labels=2), 0),
    "modernbert": (tf.ModernBertConfig, tf.ModernBertModel, dict(MODERN), 0),
    "modernbert-classifier": (tf.ModernBertConfig, tf.ModernBertForSequenceClassification,
                              dict(MODERN, num_labels=1, classifier_pooling="mean",
                                   hidden_activation="silu", norm_bias=True, attention_bias=True,
                                   mlp_bias=True, classifier_bias=True), 0),
    "embedding-gemma": (tf.Gemma3TextConfig, tf.Gemma3TextModel,
                        dict(
                            LLAMA, num_hidden_layers=3, head_dim=16, query_pre_attn_scalar=16,
                            sliding_window=24, use_bidirectional_attention=True,
                            layer_types=[
                                "sliding_attention", "full_attention", "sliding_attention"
                            ],
                            rope_parameters={
                                "full_attention": rope("default") | {"rope_theta": 1e6},
                                "sliding_attention": rope("default")
                            }), 0),
    "t5-encoder": (tf.T5Config, tf.T5EncoderModel, dict(T5, feed_forward_proj="relu"), 0),
    "umt5-encoder": (tf.UMT5Config, tf.UMT5EncoderModel,
                     dict(T5, feed_forward_proj="gated-gelu"), 0),
    "camembert": (tf.CamembertConfig, tf.CamembertModel, dict(ENCODER, pad_token_id=1), 0),
}
