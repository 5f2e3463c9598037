"""Encoders."""
import transformers as tf

from .sizes import ENCODER, LLAMA, rope

ROTARY = {key: value for key, value in ENCODER.items() if key != "hidden_act"}
GTE = dict(ROTARY, type_vocab_size=1, rope_parameters=rope("default"))

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
    "camembert": (tf.CamembertConfig, tf.CamembertModel, dict(ENCODER, pad_token_id=1), 0),
}
