#include "formats/tokenizer/gguf_vocab/gguf_keys.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

struct Key {
    std::string_view name;      // after "tokenizer."
    std::string_view harmless;  // why the key has no effect; empty: the key is read
};

constexpr std::string_view kFillReason = "marks a gap in code; no command of Quire fills gaps";

// A key that only one kind of vocabulary reads (scores, normalizer, precompiled_charsmap, ...) has
// no effect on the others, as in llama.cpp. source: src/llama-arch.cpp of llama.cpp;
// gguf-py/gguf/constants.py
constexpr auto kKeys = std::to_array<Key>({
    {"chat_template", ""},
    {"chat_templates", "the names of further templates, each read under its own key"},
    {"ggml.model", ""},
    {"ggml.pre", ""},
    {"ggml.tokens", ""},
    {"ggml.token_type", ""},
    {"ggml.scores", ""},
    {"ggml.merges", ""},
    {"ggml.bos_token_id", ""},
    {"ggml.eos_token_id", ""},
    {"ggml.eot_token_id", ""},
    {"ggml.eom_token_id", ""},
    {"ggml.unknown_token_id", ""},
    {"ggml.seperator_token_id", ""},
    {"ggml.cls_token_id", ""},
    {"ggml.fim_pad_token_id", ""},
    {"ggml.fim_rep_token_id", ""},
    {"ggml.fim_sep_token_id", ""},
    {"ggml.add_bos_token", ""},
    {"ggml.add_eos_token", ""},
    {"ggml.add_sep_token", "what goes between two texts; what ends one follows from its kind"},
    {"ggml.add_space_prefix", ""},
    {"ggml.remove_extra_whitespaces", ""},
    {"ggml.precompiled_charsmap", ""},
    {"ggml.normalizer.lowercase", ""},
    {"ggml.normalizer.strip_accents", ""},
    {"ggml.suppress_tokens", ""},
    {"ggml.token_type_count", "the rows of a BERT's segment table, which its tensor has too"},
    {"ggml.padding_token_id", "texts are not padded"},
    {"ggml.mask_token_id", "no token is masked by Quire; as text it is found by its name"},
    {"ggml.fim_pre_token_id", kFillReason},
    {"ggml.fim_suf_token_id", kFillReason},
    {"ggml.fim_mid_token_id", kFillReason},
    {"ggml.prefix_token_id", kFillReason},
    {"ggml.suffix_token_id", kFillReason},
    {"ggml.middle_token_id", kFillReason},
    {"ggml.added_tokens", "of old converters: tokens that stand in the list of tokens too"},
    {"huggingface.json", "the same tokenizer a second time; llama.cpp does not read it either"},
});

}  // namespace

void check_gguf_tokenizer_keys(const gguf::File& file) {
    constexpr std::string_view kPrefix = "tokenizer.";
    constexpr std::string_view kNamedTemplate = "chat_template.";
    for (const gguf::File::KeyValue& entry : file.metadata()) {
        if (!entry.key.starts_with(kPrefix)) continue;
        const std::string_view name = entry.key.substr(kPrefix.size());
        const bool known = name.starts_with(kNamedTemplate) ||
                           std::any_of(kKeys.begin(), kKeys.end(),
                                       [&](const Key& key) { return key.name == name; });
        if (known) continue;
        throw Error(ErrorCode::model, file.file().path(),
                    "key " + base::quoted(entry.key) + " is not understood");
    }
}

}  // namespace quire::formats
