// SmolLM2-135M-Instruct against transformers in f32 on the same GGUF. The golden was made by
// scripts/goldens/make_smollm2_logits.py; the model itself comes from scripts/fetch_model.

#include <cmath>

#include "formats/safetensors/safetensors.h"
#include "lib/base/json/json.h"
#include "lib/tensor/panel.h"
#include "tests/model/logits.h"

using namespace quire;
using namespace quire::test;

namespace {

const std::string kModel =
    std::string(QUIRE_SOURCE_DIR) + "/build/models/smollm2-135m-instruct.quire";

std::vector<std::uint32_t> ids(const formats::SafetensorsFile& file, std::string_view key) {
    for (const auto& [name, value] : file.metadata()) {
        if (name == key) return nlohmann::json::parse(value).get<std::vector<std::uint32_t>>();
    }
    FAIL("no such metadata");
    return {};
}

void log_softmax(std::vector<double>& x) {
    double top = x[0];
    for (const double v : x) top = std::max(top, v);
    double sum = 0;
    for (const double v : x) sum += std::exp(v - top);
    for (double& v : x) v -= top + std::log(sum);
}

}  // namespace

TEST_CASE("reference: 512 tokens of WikiText-2, divergence and agreement" *
          doctest::skip(!std::filesystem::exists(kModel))) {
    const formats::SafetensorsFile reference(golden("smollm2-hidden.safetensors"));
    const auto tokens = ids(reference, "tokens");
    const auto file = formats::QuireFile::open(kModel);
    const auto logits = logits_of(file, tokens, {"", 2, 512});
    const tensor::TensorMap tensors = file.tensors();
    const tensor::TensorView& embed = tensors.at("embed");

    // The reference's logits: its final hidden states times the output matrix, in f32 as transformers computes them.
    const std::size_t n_vocab = embed.rows;
    const std::size_t dim = embed.columns;
    std::vector<std::vector<float>> hidden(tokens.size(), std::vector<float>(dim));
    for (std::size_t t = 0; t < tokens.size(); ++t) {
        formats::read_row(hidden[t], *reference.find("hidden"), t);
    }
    std::vector<std::vector<double>> expected(tokens.size(), std::vector<double>(n_vocab));
    std::vector<float> row(dim);
    for (std::size_t v = 0; v < n_vocab; ++v) {
        tensor::decode_row(row, embed.data, embed.dtype, v);
        for (std::size_t t = 0; t < tokens.size(); ++t) {
            float sum = 0;
            for (std::size_t d = 0; d < dim; ++d) sum += hidden[t][d] * row[d];
            expected[t][v] = sum;
        }
    }
    double divergence = 0;
    std::size_t agree = 0;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
        std::vector<double> ours(&logits[t * n_vocab], &logits[t * n_vocab] + n_vocab);
        agree += std::ranges::max_element(ours) - ours.begin() ==
                 std::ranges::max_element(expected[t]) - expected[t].begin();
        log_softmax(ours);
        log_softmax(expected[t]);
        for (std::size_t v = 0; v < n_vocab; ++v) {
            divergence += std::exp(expected[t][v]) * (expected[t][v] - ours[v]);
        }
    }
    divergence /= static_cast<double>(tokens.size());
    const double agreement =
        100.0 * static_cast<double>(agree) / static_cast<double>(tokens.size());
    MESSAGE("mean KL divergence " << divergence << ", top-1 agreement " << agreement << " %");
    CHECK(divergence < 1.5e-3);
    CHECK(agreement >= 96.5);
}

TEST_CASE("reference: greedy text is that of transformers in f32" *
          doctest::skip(!std::filesystem::exists(kModel))) {
    const formats::SafetensorsFile reference(golden("smollm2-hidden.safetensors"));
    const auto file = formats::QuireFile::open(kModel);
    auto tokens = ids(reference, "greedy_prompt");
    const auto expected = ids(reference, "greedy_tokens");
    for (const std::uint32_t next : expected) {
        const auto logits = logits_of(file, tokens, {"", 2, 512});
        const auto last = std::span(logits).last(file.spec().vocab_size);
        CHECK(std::ranges::max_element(last) - last.begin() == next);
        tokens.push_back(next);
    }
}

TEST_CASE("reference: the real model's bits do not depend on chunk, threads or instruction set" *
          doctest::skip(!std::filesystem::exists(kModel))) {
    const formats::SafetensorsFile reference(golden("smollm2-hidden.safetensors"));
    auto tokens = ids(reference, "tokens");
    tokens.resize(130);
    const auto file = formats::QuireFile::open(kModel);
    const auto expected = logits_of(file, tokens, {"", 1, 130});
    for (const kernels::KernelTable* table : kernels::available()) {
        // The portable kernels are slow, and one run is enough to compare the others with.
        if (std::string_view(table->name) == "portable") {
            CHECK(same_bits(expected, logits_of(file, tokens, {"portable", 2, 130})));
            continue;
        }
        for (const Way& way : {Way{table->name, 2, 1}, Way{table->name, 3, 7},
                               Way{table->name, 1, 64}, Way{table->name, 2, 512}}) {
            CAPTURE(table->name);
            CAPTURE(way.chunk);
            CHECK(same_bits(expected, logits_of(file, tokens, way)));
        }
    }
}
