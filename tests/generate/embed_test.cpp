#include "lib/generate/embed.h"

#include <algorithm>
#include <array>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/same_bits.h"
#include "tests/support.h"

using namespace quire;
using namespace quire::test;

namespace {

// The family's golden, packed as q8 with the tokenizer that all goldens share.
formats::QuireFile pack_golden(const TempDir& dir, const std::string& family) {
    namespace fs = std::filesystem;
    const fs::path folder = dir.file(family);
    fs::create_directories(folder);
    for (const char* file : {"config.json", "model.safetensors"}) {
        fs::create_symlink(golden("families/" + family + "/" + file), folder / file);
    }
    fs::create_symlink(golden("families/tokenizer.json"), folder / "tokenizer.json");
    const std::string path = dir.file(family + ".quire");
    pack::convert({folder.string(), path, pack::TargetType::q8, "test", 2});
    return formats::QuireFile::open(path);
}

// Hidden states of all tokens, computed in one pass that drops no row: (n_tokens, dim).
std::vector<float> all_hidden(const model::Model& model, std::span<const std::uint32_t> tokens) {
    model::Workspace workspace(model.spec, tokens.size(), 1);
    model::KvCache cache(model.kv_layout);
    std::vector<float> hidden(tokens.size() * model.spec.dim);
    const std::array<model::SequenceInput, 1> input{{{&cache, tokens, tokens.size()}}};
    model::forward_hidden(model, workspace, input, hidden.data(), {});
    return hidden;
}

}  // namespace

TEST_CASE("embed: pooling one token computes only its row, with the bits of the full computation") {
    const TempDir dir;
    const auto check = [&](const formats::QuireFile& file, std::size_t n_tokens) {
        const model::Model model(file.spec(), file.tensors(), kernels::choose(""), file.path());
        const std::size_t dim = model.spec.dim;
        std::mt19937 rng(4);
        std::vector<std::uint32_t> tokens(n_tokens);
        for (auto& token : tokens) {
            token = static_cast<std::uint32_t>(rng() % model.spec.vocab_size);
        }
        const std::vector<float> hidden = all_hidden(model, tokens);
        for (const int n_threads : {1, 2, 3}) {
            for (const std::size_t batch : {std::size_t{1}, std::size_t{50}, n_tokens}) {
                for (const spec::Pooling pooling : {spec::Pooling::cls, spec::Pooling::last}) {
                    CAPTURE(model.spec.causal);
                    CAPTURE(n_tokens);
                    CAPTURE(n_threads);
                    CAPTURE(batch);
                    const auto vector = generate::pool(
                        model, tokens,
                        {.pooling = pooling, .batch = batch, .n_threads = n_threads});
                    const std::size_t row = pooling == spec::Pooling::cls ? 0 : n_tokens - 1;
                    REQUIRE(vector.size() == dim);
                    CHECK(same_bits(vector, {&hidden[row * dim], dim}));
                }
            }
        }
    };
    const auto tiny = formats::QuireFile::open(pack_tiny(dir, pack::TargetType::q8));
    for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{150}}) check(tiny, n);
    // An encoder, in which every token sees the whole text.
    const auto encoder = pack_golden(dir, "bert");
    REQUIRE(!encoder.spec().causal);
    for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{64}}) check(encoder, n);
}
