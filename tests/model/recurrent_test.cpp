// Recurrent layers: one token or many, in any passes, give one state to the bit.

#include <array>
#include <cstring>

#include "tests/model/logits.h"

using namespace quire;
using namespace quire::test;

namespace {

const char* const kFamilies[] = {"lfm2",          "qwen3.5",  "granite4-h", "mamba2",
                                 "nemotron-h",    "rwkv7",    "rnn-gru",    "rnn-lstm",
                                 "rnn-lstm-proj", "rnn-relu", "rnn-tanh"};

std::vector<std::uint32_t> some_tokens(std::size_t n, std::uint32_t seed) {
    std::mt19937 rng(seed);
    std::vector<std::uint32_t> tokens(n);
    for (std::uint32_t& token : tokens) token = static_cast<std::uint32_t>(rng() % 320);
    return tokens;
}

}  // namespace

TEST_CASE("recurrent: the same bits for any instruction set, number of threads and passes") {
    const TempDir dir;
    const auto tokens = some_tokens(200, 1);
    for (const char* family : kFamilies) {
        for (const pack::TargetType type : {pack::TargetType::f32, pack::TargetType::q8}) {
            const auto file = formats::QuireFile::open(pack_family(dir, family, type));
            const auto expected = logits_of(file, tokens, {"portable", 1, 512});
            for (const kernels::KernelTable* table : kernels::available()) {
                for (const int n_threads : {1, 2, 3}) {
                    for (const std::size_t chunk : {1U, 7U, 64U, 512U}) {
                        CAPTURE(family);
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
}

TEST_CASE("recurrent: a state that was saved in a pass goes on as if there had been no end") {
    const TempDir dir;
    const auto tokens = some_tokens(150, 2);
    for (const char* family : kFamilies) {
        const auto file = formats::QuireFile::open(pack_family(dir, family));
        const auto expected = logits_of(file, tokens, {});
        const model::Model model(file.spec(), file.tensors(), kernels::choose(""), file.path());
        const std::size_t stride = model::logits_stride(model.spec);
        REQUIRE(model.kv_layout.state_bytes > 0);
        for (const int n_threads : {1, 3}) {
            model::Workspace workspace(model.spec, 2 * tokens.size(), n_threads);
            model::KvCache cache(model.kv_layout);
            model::KvCache beside(model.kv_layout);
            std::vector<model::KvPage> states;
            std::vector<model::SavePoint> saves;
            for (const std::size_t at : {1U, 64U, 65U, 128U, 149U, 150U}) {
                states.push_back(cache.new_state());
                saves.push_back({at, reinterpret_cast<float*>(states.back().get())});
            }
            model::Buffer<float> logits(2 * stride);
            const auto other = some_tokens(90, 3);
            const std::array<model::SequenceInput, 2> inputs{
                {{&beside, other, 1}, {&cache, tokens, 1, 0, saves}}};
            model::forward(model, workspace, inputs, logits.data(), {.n_threads = n_threads});
            CHECK(same_bits({logits.at(stride), 320}, std::span(expected).last(320)));
            CHECK(std::memcmp(states.back().get(), cache.state(), model.kv_layout.state_bytes) ==
                  0);
            for (std::size_t i = 0; i + 1 < saves.size(); ++i) {
                CAPTURE(saves[i].n_tokens);
                cache.set_length(saves[i].n_tokens);
                CHECK(!cache.is_whole());
                cache.restore_state(states[i]);
                CHECK(cache.is_whole());
                const auto rest = std::span(tokens).subspan(saves[i].n_tokens);
                const std::array<model::SequenceInput, 1> more{{{&cache, rest, 1}}};
                model::forward(model, workspace, more, logits.data(), {.n_threads = n_threads});
                CHECK(same_bits({logits.data(), 320}, std::span(expected).last(320)));
            }
        }
    }
}

TEST_CASE("recurrent: dropping the rows without results from the last layer changes no bit") {
    const TempDir dir;
    const auto tokens = some_tokens(150, 4);
    for (const char* family : kFamilies) {
        const auto file = formats::QuireFile::open(pack_family(dir, family, pack::TargetType::q8));
        const auto expected = logits_of(file, tokens, {});
        const model::Model model(file.spec(), file.tensors(), kernels::choose(""), file.path());
        const std::size_t stride = model::logits_stride(model.spec);
        for (const int n_threads : {1, 2}) {
            for (const std::size_t first : {std::size_t{120}, std::size_t{20}}) {
                const auto head = std::span(tokens).first(first);
                const auto rest = std::span(tokens).subspan(first);
                model::Workspace workspace(model.spec, 2 * first + rest.size(), n_threads);
                model::KvCache none(model.kv_layout);
                model::KvCache some(model.kv_layout);
                model::Buffer<float> logits(8 * stride);
                const std::array<model::SequenceInput, 2> inputs{
                    {{&none, head, 0}, {&some, head, 7}}};
                model::forward(model, workspace, inputs, logits.data(), {.n_threads = n_threads});
                for (std::size_t i = 0; i < 7; ++i) {
                    const std::size_t token = first - 7 + i;
                    CHECK(same_bits({logits.at(i * stride), 320}, {&expected[token * 320], 320}));
                }
                const std::array<model::SequenceInput, 1> more{{{&none, rest, 1}}};
                model::forward(model, workspace, more, logits.data(), {.n_threads = n_threads});
                CHECK(same_bits({logits.data(), 320}, std::span(expected).last(320)));
            }
        }
    }
}

TEST_CASE("recurrent: an interrupted pass takes the state with it, and length 0 begins anew") {
    const TempDir dir;
    const auto tokens = some_tokens(40, 5);
    for (const char* family : kFamilies) {
        const auto file = formats::QuireFile::open(pack_family(dir, family));
        const auto expected = logits_of(file, tokens, {});
        const model::Model model(file.spec(), file.tensors(), kernels::choose(""), file.path());
        model::Workspace workspace(model.spec, tokens.size(), 1);
        model::KvCache cache(model.kv_layout);
        model::Buffer<float> logits(model::logits_stride(model.spec));
        const std::array<model::SequenceInput, 1> input{{{&cache, std::span(tokens).first(30), 1}}};
        model::forward(model, workspace, input, logits.data(), {});
        CHECK(cache.is_whole());
        std::size_t n_asked = 0;
        const std::array<model::SequenceInput, 1> rest{{{&cache, std::span(tokens).last(10), 1}}};
        CHECK_THROWS_AS(model::forward(model, workspace, rest, logits.data(),
                                       {.interrupted = [&] { return ++n_asked == 2; }}),
                        model::Interrupted);
        CHECK(cache.length() == 30);
        CHECK(!cache.is_whole());
        cache.set_length(0);
        const std::array<model::SequenceInput, 1> again{{{&cache, tokens, 1}}};
        model::forward(model, workspace, again, logits.data(), {});
        CHECK(same_bits({logits.data(), 320}, std::span(expected).last(320)));
    }
}
