// Published configurations with all their keys, at small sizes: tiny checkpoints with these
// configurations must be accepted, and compute what transformers computes.
// tests/golden/configs/README.md says where each was published;
// scripts/goldens/make_config_goldens.py made the rest.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "tests/model/family_goldens.h"

using namespace quire;
using namespace quire::test;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// One value of a tensor: the same as in scripts/goldens/shrink_config.py, values().
float drawn(std::uint32_t seed, std::uint32_t index) {
    std::uint32_t h = index * 0x9E3779B9U + seed;
    h ^= h >> 16;
    h *= 0x85EBCA6BU;
    h ^= h >> 13;
    h *= 0xC2B2AE35U;
    h ^= h >> 16;
    return static_cast<float>(static_cast<int>(h >> 24) - 128) / 128.0F;
}

void append_values(std::string& out, const std::string& name, std::uint64_t n, float offset,
                   float scale) {
    std::uint32_t seed = 0x811C9DC5U;
    for (const char byte : name) seed = (seed ^ static_cast<unsigned char>(byte)) * 0x01000193U;
    for (std::uint64_t i = 0; i < n; ++i) {
        const float value = offset + scale * drawn(seed, static_cast<std::uint32_t>(i));
        out.append(reinterpret_cast<const char*>(&value), sizeof(value));
    }
}

// How a published checkpoint differs from what transformers writes today.
struct Published {
    std::vector<std::pair<std::string, std::string>> renamed =
        {};                      // parts of names, and their replacements
    json extra = json::array();  // [name, type, shape, bytes] of tensors that no model needs
};

std::string published_name(std::string name, const Published& published) {
    for (const auto& [part, by] : published.renamed) {
        const auto at = name.find(part);
        if (at != std::string::npos) name.replace(at, part.size(), by);
    }
    return name;
}

// The tensors of a structure, a list of [name, shape, offset, scale], as a safetensors file.
std::string safetensors_of(const json& structure, const Published& published = {}) {
    json header = json::object();
    std::string data;
    const auto add = [&](const std::string& name, const char* dtype, const json& shape,
                         std::size_t begin) {
        header[name] = {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
    };
    for (const json& tensor : structure) {
        const std::string name = tensor.at(0);
        const auto shape = tensor.at(1).get<std::vector<std::uint64_t>>();
        const std::size_t begin = data.size();
        append_values(
            data, name,
            std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>()),
            tensor.at(2), tensor.at(3));
        add(published_name(name, published), "F32", shape, begin);
    }
    for (const json& tensor : published.extra) {
        const std::size_t begin = data.size();
        data.append(tensor.at(3).get<std::size_t>(), '\0');
        add(tensor.at(0), tensor.at(1).get<std::string>().c_str(), tensor.at(2), begin);
    }
    const std::string text = header.dump();
    const std::uint64_t length = text.size();
    std::string out(reinterpret_cast<const char*>(&length), sizeof(length));
    return out + text + data;
}

formats::QuireFile pack_small(const TempDir& dir, const std::string& name, const json& entry,
                              const std::string& weights) {
    const fs::path folder = dir.file(name);
    fs::create_directories(folder);
    std::string text = read_file(golden("configs/" + name + ".json"));
    // Python's word, which this parser does not know.
    const auto word = text.find("Infinity");
    if (word != std::string::npos) text.replace(word, 8, "1e308");
    json config = json::parse(text);
    config.update(entry.at("changed"));
    write_file(folder / "config.json", config.dump());
    write_file(folder / "model.safetensors", weights);
    fs::create_symlink(golden("families/tokenizer.json"), folder / "tokenizer.json");
    pack::Options options{folder.string(), dir.file(name + ".quire"), pack::TargetType::keep,
                          "test", 1};
    options.context = entry.at("context");
    pack::convert(options);
    return formats::QuireFile::open(options.output);
}

std::vector<float> reference_of(const formats::SafetensorsFile& file, const std::string& name) {
    for (const formats::SourceTensor& tensor : file.tensors()) {
        if (tensor.name != name) continue;
        std::vector<float> values(tensor.rows() * tensor.columns());
        for (std::uint64_t row = 0; row < tensor.rows(); ++row) {
            formats::read_row(std::span(values).subspan(row * tensor.columns(), tensor.columns()),
                              tensor, row);
        }
        return values;
    }
    FAIL("no reference of " << name);
    return {};
}

// The largest difference from the reference, which holds the rows after 32 and 64 tokens, or the
// scores.
double difference(const formats::QuireFile& file, const Reference& reference) {
    const auto found = compute(file, reference, {.n_threads = 1, .kv_type = kernels::KvType::f32});
    const bool scores = reference.kind == "scores";
    const std::size_t width = scores ? found.size() : found.size() / reference.tokens.size();
    if (reference.values.size() != (scores ? width : 2 * width)) return INFINITY;
    double worst = 0;
    for (std::size_t i = 0; i < reference.values.size(); ++i) {
        const std::size_t row = scores ? 0 : i < width ? 31 : 63;
        const double ours = found[row * width + i % width];
        worst = std::max(worst, std::abs(ours - reference.values[i]));
    }
    return worst;
}

struct Goldens {
    json checkpoints = json::parse(read_file(golden("configs/checkpoints.json")));
    formats::SafetensorsFile references{golden("configs/reference.safetensors")};

    const json& entry(const std::string& name) const { return checkpoints.at("configs").at(name); }
    const json& structure(const std::string& name) const {
        return checkpoints.at("structures").at(entry(name).at("structure").get<std::size_t>());
    }
};

// Packs and computes; fails the test if that fails, or if the result differs.
void check_config(const Goldens& goldens, const std::string& name, const std::string& weights) {
    CAPTURE(name);
    const TempDir dir;
    const json& entry = goldens.entry(name);
    Reference reference;
    reference.tokens = goldens.checkpoints.at("tokens").get<std::vector<std::uint32_t>>();
    reference.kind = entry.at("kind");
    reference.values = reference_of(goldens.references, name);
    try {
        const auto file = pack_small(dir, name, entry, weights);
        CHECK(difference(file, reference) < 1e-3);
    } catch (const Error& error) {
        FAIL_CHECK(std::string(error.what()));
    }
}

}  // namespace

TEST_CASE("configurations: published ones are accepted and computed as transformers does") {
    const Goldens goldens;
    std::size_t n = 0;
    for (const auto& file : fs::directory_iterator(golden("configs"))) {
        const std::string name = file.path().stem().string();
        if (file.path().extension() != ".json" || name == "checkpoints") continue;
        check_config(goldens, name, safetensors_of(goldens.structure(name)));
        ++n;
    }
    CHECK(n >= 100);
}

TEST_CASE(
    "configurations: tensors of published checkpoints that are not part of the model are "
    "accepted") {
    const Goldens goldens;
    const std::map<std::string, Published> all{
        {"gpt2",
         {.renamed = {{"transformer.", ""}},
          .extra = {{"h.0.attn.bias", "F32", {1, 1, 8, 8}, 256},
                    {"h.1.attn.bias", "F32", {1, 1, 8, 8}, 256},
                    {"h.0.attn.masked_bias", "F32", json::array(), 4}}}},
        {"pythia-6.9b",
         {.extra = {{"gpt_neox.layers.0.attention.bias", "BOOL", {1, 1, 8, 8}, 64},
                    {"gpt_neox.layers.0.attention.masked_bias", "F32", json::array(), 4},
                    {"gpt_neox.layers.0.attention.rotary_emb.inv_freq", "F32", {1}, 4}}}},
        {"llama-2-7b",
         {.extra = {{"model.layers.0.self_attn.rotary_emb.inv_freq", "F32", {4}, 16}}}},
        {"smollm2-135m", {.extra = {{"lm_head.weight", "F32", {320, 32}, 40960}}}},
        {"bert-base-uncased",
         {.renamed = {{"LayerNorm.weight", "LayerNorm.gamma"},
                      {"LayerNorm.bias", "LayerNorm.beta"}},
          .extra = {{"bert.embeddings.position_ids", "I64", {1, 80}, 640},
                    {"bert.pooler.dense.weight", "F32", {32, 32}, 4096},
                    {"bert.pooler.dense.bias", "F32", {32}, 128},
                    {"cls.seq_relationship.weight", "F32", {2, 32}, 256},
                    {"cls.seq_relationship.bias", "F32", {2}, 8}}}},
        {"roberta-base",
         {.extra = {{"roberta.embeddings.position_ids", "I64", {1, 82}, 656},
                    {"roberta.pooler.dense.weight", "F32", {32, 32}, 4096},
                    {"roberta.pooler.dense.bias", "F32", {32}, 128}}}}};
    for (const auto& [name, published] : all) {
        check_config(goldens, name, safetensors_of(goldens.structure(name), published));
    }
}
