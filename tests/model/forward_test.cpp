#include <array>

#include "formats/safetensors/safetensors.h"
#include "lib/base/json/json.h"
#include "tests/model/logits.h"

using namespace quire;
using namespace quire::test;

namespace {

std::vector<std::uint32_t> random_tokens(std::size_t n) {
    std::mt19937 rng(8);
    std::vector<std::uint32_t> tokens(n);
    for (std::uint32_t& token : tokens) token = static_cast<std::uint32_t>(rng() % 320);
    return tokens;
}

}  // namespace

TEST_CASE("forward: f32 logits of the tiny Llama are transformers' within 1e-3 of the largest") {
    // Made by scripts/goldens/make_tiny_llama.py.
    const formats::SafetensorsFile reference(golden("tiny-llama/logits.safetensors"));
    const auto tokens =
        nlohmann::json::parse(reference.metadata()[0].second).get<std::vector<std::uint32_t>>();
    const TempDir dir;
    const auto file = formats::QuireFile::open(pack_tiny(dir));
    const auto logits = logits_of(file, tokens, {});
    const formats::SourceTensor* expected = reference.find("logits");
    REQUIRE(expected != nullptr);
    std::vector<float> row(320);
    float worst = 0;
    float largest = 0;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
        formats::read_row(row, *expected, t);
        for (std::size_t i = 0; i < row.size(); ++i) {
            worst = std::max(worst, std::abs(row[i] - logits[t * 320 + i]));
            largest = std::max(largest, std::abs(row[i]));
        }
    }
    // f16 keys and values alone change a logit by about 2^-11 of its size.
    CHECK(largest > 1.0F);
    CHECK(worst < 1e-3F * largest);
}

TEST_CASE("forward: the same bits for any instruction set, number of threads and chunk of tokens") {
    const auto tokens = random_tokens(150);
    const TempDir dir;
    using pack::TargetType;
    for (const TargetType type :
         {TargetType::f32, TargetType::f16, TargetType::bf16, TargetType::q8, TargetType::q4}) {
        const auto file = formats::QuireFile::open(pack_tiny(dir, type));
        const auto expected = logits_of(file, tokens, {"portable", 1, 150});
        for (const kernels::KernelTable* table : kernels::available()) {
            for (const int n_threads : {1, 2, 3}) {
                for (const std::size_t chunk : {1U, 7U, 64U, 150U}) {
                    CAPTURE(table->name);
                    CAPTURE(n_threads);
                    CAPTURE(chunk);
                    CHECK(same_bits(expected,
                                    logits_of(file, tokens, {table->name, n_threads, chunk})));
                }
            }
        }
    }
}

TEST_CASE("forward: a sequence's bits do not depend on what else is in the batch") {
    const auto tokens = random_tokens(40);
    const TempDir dir;
    const auto file = formats::QuireFile::open(pack_tiny(dir, pack::TargetType::q8));
    const auto alone = logits_of(file, tokens, {});
    const model::Model model(file.spec(), file.tensors(), kernels::choose(""), file.path());
    model::Workspace workspace(model.spec, 40 + 17, 2);
    model::KvCache first(model.kv_layout);
    model::KvCache second(model.kv_layout);
    const auto other = random_tokens(17);
    const std::size_t stride = model::logits_stride(model.spec);
    model::Buffer<float> logits(41 * stride);
    const std::array<model::SequenceInput, 2> inputs{{{&second, other, 1}, {&first, tokens, 40}}};
    model::forward(model, workspace, inputs, logits.data(), {.n_threads = 2});
    for (std::size_t t = 0; t < 40; ++t) {
        CHECK(same_bits({logits.at((t + 1) * stride), 320}, {&alone[t * 320], 320}));
    }
}

TEST_CASE("forward: the logits of each cache type have the same bits however they are computed") {
    const auto tokens = random_tokens(150);
    const TempDir dir;
    const auto file = formats::QuireFile::open(pack_tiny(dir));
    const auto exact = logits_of(file, tokens, {"portable", 1, 512, nullptr, kernels::KvType::f32});
    double before = 0;
    for (const kernels::KvType type :
         {kernels::KvType::f16, kernels::KvType::int8, kernels::KvType::q8, kernels::KvType::q4}) {
        const auto expected = logits_of(file, tokens, {"portable", 1, 512, nullptr, type});
        for (const kernels::KernelTable* table : kernels::available()) {
            CHECK(
                same_bits(expected, logits_of(file, tokens, {table->name, 2, 512, nullptr, type})));
            CHECK(same_bits(expected, logits_of(file, tokens, {table->name, 1, 7, nullptr, type})));
        }
        double squares = 0;
        double size = 0;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            squares += (expected[i] - exact[i]) * double{expected[i] - exact[i]};
            size += double{exact[i]} * exact[i];
        }
        const double error = std::sqrt(squares / size);
        CHECK(error > before);  // each loses more than the one before
        CHECK(error < (type == kernels::KvType::q4 ? 0.2 : 0.02));
        before = error;
    }
}

TEST_CASE("forward: dropping the rows without results from the last layer changes no bit") {
    const auto tokens = random_tokens(150);
    const TempDir dir;
    const auto file = formats::QuireFile::open(pack_tiny(dir, pack::TargetType::q8));
    const auto expected = logits_of(file, tokens, {});
    const model::Model model(file.spec(), file.tensors(), kernels::choose(""), file.path());
    const std::size_t stride = model::logits_stride(model.spec);
    for (const int n_threads : {1, 2}) {
        // Work divided by rows and by columns; results of no, one, some and all tokens.
        for (const std::size_t first : {std::size_t{120}, std::size_t{20}}) {
            const auto head = std::span(tokens).first(first);
            const auto rest = std::span(tokens).subspan(first);
            model::Workspace workspace(model.spec, 3 * first + rest.size(), n_threads);
            std::array<model::KvCache, 3> caches{model::KvCache(model.kv_layout),
                                                 model::KvCache(model.kv_layout),
                                                 model::KvCache(model.kv_layout)};
            model::Buffer<float> logits((first + 8) * stride);
            const std::array<model::SequenceInput, 3> inputs{
                {{&caches[0], head, 0}, {&caches[1], head, 7}, {&caches[2], head, 1}}};
            model::forward(model, workspace, inputs, logits.data(), {.n_threads = n_threads});
            for (std::size_t i = 0; i < 8; ++i) {
                const std::size_t token = i < 7 ? first - 7 + i : first - 1;
                CHECK(same_bits({logits.at(i * stride), 320}, {&expected[token * 320], 320}));
            }
            // The dropped rows have stored their keys and values.
            const std::array<model::SequenceInput, 1> more{{{&caches[0], rest, 1}}};
            model::forward(model, workspace, more, logits.data(), {.n_threads = n_threads});
            CHECK(same_bits({logits.data(), 320}, std::span(expected).last(320)));
        }
    }
}

TEST_CASE("forward: 8-bit and 4-bit weights stay near the f32 logits, and differ from them") {
    const auto tokens = random_tokens(40);
    const TempDir dir;
    const auto exact = logits_of(formats::QuireFile::open(pack_tiny(dir)), tokens, {});
    const auto error = [&](pack::TargetType type) {
        const auto logits = logits_of(formats::QuireFile::open(pack_tiny(dir, type)), tokens, {});
        double squares = 0;
        double size = 0;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            squares += (logits[i] - exact[i]) * double{logits[i] - exact[i]};
            size += double{exact[i]} * exact[i];
        }
        return std::sqrt(squares / size);
    };
    const double q8 = error(pack::TargetType::q8);
    const double q4 = error(pack::TargetType::q4);
    CHECK(q8 > 0);
    CHECK(q8 < 0.04);
    CHECK(q4 > q8);
    CHECK(q4 < 0.5);
}
