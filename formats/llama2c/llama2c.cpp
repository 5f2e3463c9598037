#include "formats/llama2c/llama2c.h"

#include "lib/base/files/lfs_pointer.h"

namespace quire::formats {

namespace {

constexpr std::uint32_t kMagic = 0x616B3432;  // "ak42" as a number; the file has "24ka"
constexpr std::uint64_t kHeaderBytes = 256;   // of version 1

// Consecutive tensors of the file: a single one, or one per layer.
struct Group {
    std::string_view name;  // after "model.layers.N." if per_layer; empty: not a weight
    bool per_layer;
    std::uint64_t rows;  // 0: a vector
    std::uint64_t columns;
};

std::uint64_t read_size(base::ByteReader& reader, const char* what) {
    const auto value = reader.read<std::int32_t>(what);
    if (value <= 0) {
        reader.fail("expected a llama2.c header with " + std::string(what) + " above 0, found " +
                    std::to_string(value));
    }
    return static_cast<std::uint64_t>(value);
}

// The seven numbers, which both versions have. In version 0 a negative vocab_size means a separate
// classifier matrix.
Llama2cConfig read_numbers(base::ByteReader& reader, int version) {
    Llama2cConfig config;
    config.dim = read_size(reader, "dim");
    config.hidden_dim = read_size(reader, "hidden_dim");
    config.n_layers = read_size(reader, "n_layers");
    config.n_heads = read_size(reader, "n_heads");
    config.n_kv_heads = read_size(reader, "n_kv_heads");
    if (version == 0) {
        const std::int64_t vocab_size = reader.read<std::int32_t>("vocab_size");
        if (vocab_size == 0) reader.fail("expected a vocab_size other than 0");
        config.shared_classifier = vocab_size > 0;
        config.vocab_size = static_cast<std::uint64_t>(vocab_size < 0 ? -vocab_size : vocab_size);
    } else {
        config.vocab_size = read_size(reader, "vocab_size");
    }
    config.seq_len = read_size(reader, "seq_len");

    if (config.dim % (2 * config.n_heads) != 0) {
        reader.fail("expected dim to be a multiple of 2 x n_heads = " +
                    std::to_string(2 * config.n_heads) + ", found " + std::to_string(config.dim));
    }
    if (config.n_heads % config.n_kv_heads != 0) {
        reader.fail("expected n_heads to be a multiple of n_kv_heads = " +
                    std::to_string(config.n_kv_heads) + ", found " +
                    std::to_string(config.n_heads));
    }
    return config;
}

Llama2cConfig read_header_v1(base::ByteReader& reader) {
    Llama2cConfig config = read_numbers(reader, 1);
    const auto shared = reader.read<std::uint8_t>("shared_classifier");
    if (shared > 1) {
        reader.fail("expected shared_classifier to be 0 or 1, found " + std::to_string(shared));
    }
    config.shared_classifier = shared == 1;
    for (const std::byte b : reader.take(kHeaderBytes - reader.position(), "header")) {
        if (b != std::byte{0}) reader.fail("expected zeros to the end of the header");
    }
    return config;
}

int read_version(base::ByteReader& reader) {
    base::ByteReader ahead = reader;
    if (ahead.read<std::uint32_t>("header") != kMagic) return 0;
    const auto version = ahead.read<std::int32_t>("version");
    if (version == 2) {
        ahead.fail("llama2.c version 2 (int8) is not supported: export version 0 or 1 instead");
    }
    if (version != 1) {
        ahead.fail("expected llama2.c version 1 after its magic, found " + std::to_string(version));
    }
    reader = ahead;
    return 1;
}

std::vector<Group> layout(const Llama2cConfig& config, int version) {
    const std::uint64_t dim = config.dim;
    const std::uint64_t hidden_dim = config.hidden_dim;
    const Group embedding{"model.embed_tokens.weight", false, config.vocab_size, dim};
    const Group attention_norm{"input_layernorm.weight", true, 0, dim};
    const Group wq{"self_attn.q_proj.weight", true, dim, dim};
    const Group wk{"self_attn.k_proj.weight", true, config.kv_dim(), dim};
    const Group wv{"self_attn.v_proj.weight", true, config.kv_dim(), dim};
    const Group wo{"self_attn.o_proj.weight", true, dim, dim};
    const Group ffn_norm{"post_attention_layernorm.weight", true, 0, dim};
    const Group w1{"mlp.gate_proj.weight", true, hidden_dim, dim};
    const Group w2{"mlp.down_proj.weight", true, dim, hidden_dim};
    const Group w3{"mlp.up_proj.weight", true, hidden_dim, dim};
    const Group norm{"model.norm.weight", false, 0, dim};
    const Group rope_table{"", false, config.seq_len, config.head_size() / 2};

    std::vector<Group> groups;
    if (version == 0) {
        groups = {embedding, attention_norm, wq,         wk,        wv, wo, ffn_norm, w1, w2,
                  w3,        norm,           rope_table, rope_table};
    } else {
        groups = {attention_norm, ffn_norm, norm, embedding, wq, wk, wv, wo, w1, w2, w3};
    }
    if (!config.shared_classifier) {
        groups.push_back({"lm_head.weight", false, config.vocab_size, dim});
    }
    return groups;
}

std::vector<std::uint64_t> shape_of(const Group& group) {
    if (group.rows == 0) return {group.columns};
    return {group.rows, group.columns};
}

// The bytes of all groups. Nothing when they overflow 64 bits.
std::optional<std::uint64_t> weight_bytes(std::span<const Group> groups, std::uint64_t n_layers) {
    std::optional<std::uint64_t> sum = 0;
    for (const Group& group : groups) {
        auto bytes = source_bytes(SourceType::f32, shape_of(group));
        if (bytes) bytes = base::checked_mul(*bytes, group.per_layer ? n_layers : 1);
        if (bytes) bytes = base::checked_add(*sum, *bytes);
        if (!bytes) return std::nullopt;
        sum = bytes;
    }
    return sum;
}

void check_size(const base::ByteReader& reader, std::span<const Group> groups,
                std::uint64_t n_layers) {
    const auto expected = weight_bytes(groups, n_layers);
    if (!expected) reader.fail("the size of the weights overflows 64 bits");
    if (*expected != reader.remaining()) {
        reader.fail("expected " + std::to_string(*expected) +
                    " bytes of weights for this header, found " +
                    std::to_string(reader.remaining()));
    }
}

// PyTorch files have the same extension. They are zip archives or, before 2020, bare pickles.
void refuse_pickle(const base::MappedFile& file) {
    const std::string_view text = base::as_text(file.bytes());
    if (text.starts_with("PK\x03\x04") || text.starts_with("\x80\x02\x8a\x0a")) {
        throw Error(ErrorCode::model, file.path(),
                    "is a PyTorch pickle, expected a llama2.c model");
    }
}

}  // namespace

Llama2cFile::Llama2cFile(const std::string& path)
    : file_(std::make_unique<base::MappedFile>(base::MappedFile::open(path))) {
    base::refuse_lfs_pointer(*file_);
    refuse_pickle(*file_);
    base::ByteReader reader(file_->bytes(), path);
    version_ = read_version(reader);
    config_ = version_ == 0 ? read_numbers(reader, 0) : read_header_v1(reader);
    const std::vector<Group> groups = layout(config_, version_);
    check_size(reader, groups, config_.n_layers);

    for (const Group& group : groups) {
        const std::vector<std::uint64_t> shape = shape_of(group);
        const std::uint64_t bytes = *source_bytes(SourceType::f32, shape);
        for (std::uint64_t layer = 0; layer < (group.per_layer ? config_.n_layers : 1); ++layer) {
            const base::Bytes data = reader.take(bytes, "weights");
            if (group.name.empty()) continue;
            const std::string prefix =
                group.per_layer ? "model.layers." + std::to_string(layer) + "." : std::string();
            tensors_.push_back({.name = prefix + std::string(group.name),
                                .type = SourceType::f32,
                                .shape = shape,
                                .data = data,
                                .file = file_.get()});
        }
    }

    std::vector<std::string_view> names;
    names.reserve(tensors_.size());
    for (const SourceTensor& tensor : tensors_) names.emplace_back(tensor.name);
    names_ = NameIndex(std::move(names));
}

const SourceTensor* Llama2cFile::tensor(std::string_view name) const noexcept {
    const auto at = names_.find(name);
    return at ? &tensors_[*at] : nullptr;
}

}  // namespace quire::formats
