#include "tests/models/support.h"

#include <cstring>

namespace quire::tests {

namespace {

constexpr std::uint64_t kDim = 32;
constexpr std::uint64_t kHeads = 4;
constexpr std::uint64_t kKvHeads = 2;
constexpr std::uint64_t kHead = 8;
constexpr std::uint64_t kFfn = 48;
constexpr std::uint64_t kVocab = 40;

void put_text(std::string& out, const std::string& text) {
    put<std::uint64_t>(out, text.size());
    out += text;
}

// source: enum gguf_type of gguf.h.
std::uint32_t type_of(const nlohmann::ordered_json& value) {
    if (value.is_boolean()) return 7;
    if (value.is_string()) return 8;
    if (value.is_number_float()) return 6;
    return 4;
}

void put_one(std::string& out, const nlohmann::ordered_json& value) {
    if (value.is_boolean()) {
        put<std::uint8_t>(out, value.get<bool>() ? 1 : 0);
    } else if (value.is_string()) {
        put_text(out, value.get<std::string>());
    } else if (value.is_number_float()) {
        put(out, value.get<float>());
    } else {
        put(out, value.get<std::uint32_t>());
    }
}

void put_value(std::string& out, const nlohmann::ordered_json& value) {
    if (!value.is_array()) {
        put(out, type_of(value));
        return put_one(out, value);
    }
    put<std::uint32_t>(out, 9);
    put(out, type_of(value.front()));
    put<std::uint64_t>(out, value.size());
    for (const auto& one : value) put_one(out, one);
}

std::uint64_t size_of(const GgufDraft::Tensor& tensor) {
    std::uint64_t n = 1;
    for (const std::uint64_t size : tensor.shape) n *= size;
    return n;
}

void pad(std::string& out) {
    while (out.size() % 32 != 0) out.push_back('\0');
}

using Tensors = std::vector<GgufDraft::Tensor>;

void add_norm(Tensors& tensors, const std::string& name, std::uint64_t width, bool bias) {
    tensors.push_back({name + ".weight", {width}});
    if (bias) tensors.push_back({name + ".bias", {width}});
}

void add_matrix(Tensors& tensors, const std::string& name, std::uint64_t rows,
                std::uint64_t columns, bool bias = false) {
    tensors.push_back({name + ".weight", {rows, columns}});
    if (bias) tensors.push_back({name + ".bias", {rows}});
}

// What an architecture has beside or instead of Llama's tensors.
struct Kind {
    bool layer_norm = false;
    bool qkv = false;     // in one matrix
    bool biases = false;  // of all matrices
    bool gate = true;
    bool ffn_norm = true;
    bool norms_before = true;
    bool post_norms = false;
    bool qk_norms = false;
    bool row_norms = false;  // q and k norms over all heads
    bool positions = false;
    bool gated_queries = false;  // attn_q has the rows of a gate, too
    bool late_norm = false;      // the norm before the second block is post_attention_norm
    std::uint64_t experts = 0;
    std::uint64_t kv_heads = kKvHeads;
    std::uint64_t head = kHead;
};

Kind kind_named(const std::string& name) {
    Kind kind;
    if (name == "mixtral") kind.experts = 4;
    if (name == "qwen3moe") kind = {.qk_norms = true, .experts = 4};
    if (name == "falcon")
        kind = {.layer_norm = true, .qkv = true, .gate = false, .ffn_norm = false, .kv_heads = 1};
    if (name == "gpt2")
        kind = {.layer_norm = true,
                .qkv = true,
                .biases = true,
                .gate = false,
                .positions = true,
                .kv_heads = 4};
    if (name == "gptneox")
        kind = {.layer_norm = true, .qkv = true, .biases = true, .gate = false, .kv_heads = 4};
    if (name == "starcoder2") kind = {.layer_norm = true, .biases = true, .gate = false};
    if (name == "gemma2") kind = {.post_norms = true, .head = 16};
    if (name == "gemma3" || name == "gemma-embedding")
        kind = {.post_norms = true, .qk_norms = true, .head = 16};
    if (name == "olmo2") kind = {.norms_before = false, .post_norms = true, .row_norms = true};
    if (name == "exaone4") kind = {.norms_before = false, .post_norms = true, .qk_norms = true};
    if (name == "phi3") kind.qkv = true;
    if (name == "lfm2") kind.qk_norms = true;
    if (name == "qwen35") {
        kind = {.ffn_norm = false, .qk_norms = true};
        kind.gated_queries = kind.late_norm = true;
    }
    return kind;
}

void add_layer(Tensors& tensors, const Kind& kind, const std::string& at) {
    const std::uint64_t q = kHeads * kind.head;
    const std::uint64_t kv = kind.kv_heads * kind.head;
    if (kind.norms_before) add_norm(tensors, at + "attn_norm", kDim, kind.layer_norm);
    if (kind.qkv) {
        add_matrix(tensors, at + "attn_qkv", q + 2 * kv, kDim, kind.biases);
    } else {
        add_matrix(tensors, at + "attn_q", kind.gated_queries ? 2 * q : q, kDim, kind.biases);
        add_matrix(tensors, at + "attn_k", kv, kDim, kind.biases);
        add_matrix(tensors, at + "attn_v", kv, kDim, kind.biases);
    }
    add_matrix(tensors, at + "attn_output", kDim, q, kind.biases);
    if (kind.qk_norms || kind.row_norms) {
        add_norm(tensors, at + "attn_q_norm", kind.row_norms ? q : kind.head, false);
        add_norm(tensors, at + "attn_k_norm", kind.row_norms ? kv : kind.head, false);
    }
    if (kind.post_norms || kind.late_norm)
        add_norm(tensors, at + "post_attention_norm", kDim, false);
    if (kind.ffn_norm && kind.norms_before)
        add_norm(tensors, at + "ffn_norm", kDim, kind.layer_norm);
    if (kind.experts > 0) {
        add_matrix(tensors, at + "ffn_gate_inp", kind.experts, kDim);
        for (const char* name : {"ffn_gate_exps", "ffn_up_exps"}) {
            tensors.push_back({at + name + ".weight", {kind.experts, kFfn, kDim}});
        }
        tensors.push_back({at + "ffn_down_exps.weight", {kind.experts, kDim, kFfn}});
    } else {
        if (kind.gate) add_matrix(tensors, at + "ffn_gate", kFfn, kDim);
        add_matrix(tensors, at + "ffn_up", kFfn, kDim, kind.biases);
        add_matrix(tensors, at + "ffn_down", kDim, kFfn, kind.biases);
    }
    if (kind.post_norms) add_norm(tensors, at + "post_ffw_norm", kDim, false);
}

void add_ffn(Tensors& tensors, const std::string& at) {
    add_matrix(tensors, at + "ffn_gate", kFfn, kDim);
    add_matrix(tensors, at + "ffn_up", kFfn, kDim);
    add_matrix(tensors, at + "ffn_down", kDim, kFfn);
}

// A layer with a recurrent block: two heads of 16 values and one of keys.
void add_recurrent(Tensors& tensors, const std::string& kind, const std::string& at) {
    constexpr std::uint64_t kInner = 32;
    constexpr std::uint64_t kState = 16;
    constexpr std::uint64_t kChannels = kInner + 2 * kState;
    add_norm(tensors, at + "attn_norm", kDim, false);
    add_norm(tensors, at + (kind == "qwen35" ? "post_attention_norm" : "ffn_norm"), kDim, false);
    add_ffn(tensors, at);
    if (kind == "lfm2") {
        add_matrix(tensors, at + "shortconv.in_proj", 3 * kDim, kDim);
        add_matrix(tensors, at + "shortconv.conv", kDim, 3);
        add_matrix(tensors, at + "shortconv.out_proj", kDim, kDim);
        return;
    }
    add_matrix(tensors, at + "ssm_conv1d", kChannels, 4, kind == "granitehybrid");
    add_matrix(tensors, at + "ssm_out", kDim, kInner);
    tensors.push_back({at + "ssm_dt.bias", {2}});
    tensors.push_back({at + "ssm_a", {2, 1}});
    if (kind == "granitehybrid") {
        tensors.push_back({at + "ssm_d", {2, 1}});
        add_matrix(tensors, at + "ssm_in", kInner + kChannels + 2, kDim);
        tensors.push_back({at + "ssm_norm.weight", {1, kInner}});
        return;
    }
    add_matrix(tensors, at + "attn_qkv", kChannels, kDim);
    add_matrix(tensors, at + "attn_gate", kInner, kDim);
    add_matrix(tensors, at + "ssm_alpha", 2, kDim);
    add_matrix(tensors, at + "ssm_beta", 2, kDim);
    add_norm(tensors, at + "ssm_norm", kInner / 2, false);
}

// Models whose first layer has a recurrent block.
bool is_recurrent(const std::string& kind) {
    return kind == "lfm2" || kind == "qwen35" || kind == "granitehybrid";
}

void add_recurrent_keys(nlohmann::ordered_json& keys, const std::string& kind) {
    const std::string prefix = kind + ".";
    if (kind != "qwen35")
        keys[prefix + "attention.head_count_kv"] = nlohmann::json::array({0, kKvHeads});
    if (kind == "lfm2") {
        keys[prefix + "shortconv.l_cache"] = 3;
        return;
    }
    if (kind == "granitehybrid") {
        keys[prefix + "logit_scale"] = 2.0;
        keys[prefix + "rope.scaling.finetuned"] = false;
    } else {
        keys[prefix + "full_attention_interval"] = 2;
    }
    keys[prefix + "ssm.conv_kernel"] = 4;
    keys[prefix + "ssm.group_count"] = 1;
    keys[prefix + "ssm.inner_size"] = 32;
    keys[prefix + "ssm.state_size"] = 16;
    keys[prefix + "ssm.time_step_rank"] = 2;
}

void add_bert(Tensors& tensors, bool classifier) {
    add_norm(tensors, "token_embd_norm", kDim, true);
    add_matrix(tensors, "token_types", 2, kDim);
    for (const std::string at : {"blk.0.", "blk.1."}) {
        for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
            add_matrix(tensors, at + name, kDim, kDim, true);
        }
        add_norm(tensors, at + "attn_output_norm", kDim, true);
        add_matrix(tensors, at + "ffn_up", kFfn, kDim, true);
        add_matrix(tensors, at + "ffn_down", kDim, kFfn, true);
        add_norm(tensors, at + "layer_output_norm", kDim, true);
    }
    if (!classifier) return;
    add_matrix(tensors, "cls", kDim, kDim, true);
    add_matrix(tensors, "cls.output", 3, kDim, true);
}

// ModernBERT with a head.
void add_modern(Tensors& tensors) {
    add_norm(tensors, "token_embd_norm", kDim, false);
    for (const std::string at : {"blk.0.", "blk.1."}) {
        if (at != "blk.0.") add_norm(tensors, at + "attn_norm", kDim, false);
        add_matrix(tensors, at + "attn_qkv", 3 * kDim, kDim);
        add_matrix(tensors, at + "attn_output", kDim, kDim);
        add_norm(tensors, at + "ffn_norm", kDim, false);
        add_matrix(tensors, at + "ffn_up", 2 * kFfn, kDim);
        add_matrix(tensors, at + "ffn_down", kDim, kFfn);
    }
    add_norm(tensors, "output_norm", kDim, false);
    add_matrix(tensors, "cls", kDim, kDim);
    add_norm(tensors, "cls.norm", kDim, false);
    add_matrix(tensors, "cls.output", 3, kDim, true);
}

}  // namespace

std::string GgufDraft::bytes() const {
    std::string out = "GGUF";
    put<std::uint32_t>(out, 3);
    put<std::uint64_t>(out, tensors.size());
    put<std::uint64_t>(out, keys.size());
    for (const auto& [key, value] : keys.items()) {
        put_text(out, key);
        put_value(out, value);
    }
    std::uint64_t offset = 0;
    for (const Tensor& tensor : tensors) {
        put_text(out, tensor.name);
        put(out, static_cast<std::uint32_t>(tensor.shape.size()));
        for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size)
            put(out, *size);
        put<std::uint32_t>(out, 0);  // F32
        put(out, offset);
        offset = (offset + 4 * size_of(tensor) + 31) / 32 * 32;
    }
    pad(out);
    float value = 0.5F;
    for (const Tensor& tensor : tensors) {
        for (std::uint64_t i = 0; i < size_of(tensor); ++i) put(out, value += 0.0001F);
        pad(out);
    }
    return out;
}

GgufDraft gguf_draft(const std::string& kind_name) {
    if (kind_name.starts_with("golden/")) return golden_draft(kind_name.substr(7));
    const bool bert = kind_name.starts_with("bert");
    const bool modern = kind_name == "modern-bert";
    const std::string architecture = kind_name == "mixtral" ? "llama" : bert ? "bert" : kind_name;
    const Kind kind = kind_named(kind_name);
    GgufDraft draft;
    auto& keys = draft.keys;
    const std::string prefix = architecture + ".";
    keys["general.architecture"] = architecture;
    keys["general.type"] = "model";
    keys[prefix + "context_length"] = 64;
    keys[prefix + "embedding_length"] = kDim;
    keys[prefix + "block_count"] = 2;
    keys[prefix + "feed_forward_length"] = kFfn;
    keys[prefix + "attention.head_count"] = kHeads;
    if (!bert && !modern && kind_name != "gpt2")
        keys[prefix + "attention.head_count_kv"] = kind.kv_heads;
    keys[prefix + (kind.layer_norm || bert || modern ? "attention.layer_norm_epsilon"
                                                     : "attention.layer_norm_rms_epsilon")] = 1e-5;
    if (kind.experts > 0) {
        keys[prefix + "expert_count"] = kind.experts;
        keys[prefix + "expert_used_count"] = 2;
    }
    if (architecture == "gptneox") keys[prefix + "use_parallel_residual"] = true;
    if (architecture == "granite") keys[prefix + "logit_scale"] = 2.0;
    if (architecture.starts_with("gemma")) keys[prefix + "attention.key_length"] = kind.head;

    add_matrix(draft.tensors, "token_embd", kVocab, kDim);
    if (kind.positions || bert) add_matrix(draft.tensors, "position_embd", 64, kDim);
    if (bert) {
        add_bert(draft.tensors, kind_name == "bert-classifier");
        return draft;
    }
    if (modern) {
        add_modern(draft.tensors);
        return draft;
    }
    if (kind_name == "gemma-embedding") {
        add_matrix(draft.tensors, "dense_2", kFfn, kDim);
        add_matrix(draft.tensors, "dense_3", kDim, kFfn);
    }
    if (is_recurrent(kind_name)) {
        add_recurrent_keys(keys, kind_name);
        add_recurrent(draft.tensors, kind_name, "blk.0.");
        add_layer(draft.tensors, kind, "blk.1.");
    } else {
        for (const std::string at : {"blk.0.", "blk.1."}) add_layer(draft.tensors, kind, at);
    }
    add_norm(draft.tensors, kind_name == "lfm2" ? "token_embd_norm" : "output_norm", kDim,
             kind.layer_norm);
    return draft;
}

}  // namespace quire::tests
