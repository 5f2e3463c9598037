// EngineParams::keep_last: a conversation computes no token twice.

#include "tests/generate/engine_support.h"

using namespace quire;
using namespace quire::test;

namespace {

generate::Request request_of(std::vector<std::uint32_t> prompt, std::size_t max_tokens = 20) {
    generate::Request request;
    request.prompt = std::move(prompt);
    request.continuation.max_tokens = max_tokens;
    request.continuation.ignore_end = true;
    request.hash_logits = true;
    return request;
}

std::vector<std::uint32_t> tokens_from(std::uint32_t first, std::size_t n) {
    std::vector<std::uint32_t> tokens(n);
    for (std::size_t i = 0; i < n; ++i) {
        tokens[i] = static_cast<std::uint32_t>((first + i * 7) % 320);
    }
    return tokens;
}

void append(std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

struct Chat {
    const Loaded& loaded;
    generate::Engine engine;

    explicit Chat(const Loaded& of, generate::EngineParams params = {.n_parallel = 1,
                                                                     .batch = 50,
                                                                     .share_prefixes = false,
                                                                     .keep_last = true})
        : loaded(of), engine(of.model, of.tokenizer, params) {}

    // The answer, which must be that of the request alone; `n`: how many tokens it had to compute.
    std::vector<std::uint32_t> ask(const generate::Request& request, std::size_t n) {
        const std::uint64_t before = engine.stats().n_computed;
        const generate::Result result = generate::complete(engine, request);
        CHECK(same(result, run_one(loaded, request)));
        CHECK(engine.stats().n_computed - before == n);
        return result.tokens;
    }
};

}  // namespace

TEST_CASE("kept: the next turn computes only what is new") {
    for (const char* family : {"", "lfm2", "qwen3.5", "mamba2"}) {
        CAPTURE(family);
        const Loaded loaded(family);
        for (const bool shares : {false, true}) {
            CAPTURE(shares);
            Chat chat(loaded,
                      {.n_parallel = 1, .batch = 50, .share_prefixes = shares, .keep_last = true});
            std::vector<std::uint32_t> text = tokens_from(3, 100);
            append(text, chat.ask(request_of(text), 100));
            for (std::uint32_t turn = 0; turn < 4; ++turn) {
                append(text, tokens_from(turn, 11 + turn));
                // The last token of an answer was drawn but not read.
                append(text, chat.ask(request_of(text), 12 + turn));
            }
        }
    }
}

TEST_CASE("kept: a conversation goes back to any token") {
    const Loaded loaded;
    Chat chat(loaded);
    const std::vector<std::uint32_t> text = tokens_from(3, 200);
    chat.ask(request_of(text), 200);
    for (const std::size_t n : {199U, 150U, 128U, 127U, 64U, 5U, 1U}) {
        std::vector<std::uint32_t> other(text.begin(),
                                         text.begin() + static_cast<std::ptrdiff_t>(n));
        append(other, tokens_from(11, 30));
        chat.ask(request_of(other), 30);
        // The last token is computed again, for its logits.
        chat.ask(request_of(other), 1);
        other.resize(n);
        chat.ask(request_of(other), 1);
    }
    chat.ask(request_of(tokens_from(9, 80)), 80);
}

TEST_CASE("kept: a recurrent state that does not fit is not used") {
    for (const char* family : {"lfm2", "mamba2"}) {
        CAPTURE(family);
        const Loaded loaded(family);
        Chat chat(loaded);
        chat.ask(request_of(tokens_from(3, 100)), 100);
        chat.ask(request_of(tokens_from(3, 90)), 90);
    }
}

TEST_CASE("kept: an answer that was interrupted goes on") {
    const Loaded loaded;
    std::size_t n_left = SIZE_MAX;
    Chat chat(loaded, {.n_parallel = 1,
                       .batch = 50,
                       .share_prefixes = false,
                       .keep_last = true,
                       .interrupted = [&n_left] { return n_left-- == 0; }});
    const std::vector<std::uint32_t> text = tokens_from(3, 180);
    n_left = 2 * loaded.model.spec.layers.size();  // in the third pass
    const auto result = generate::complete(chat.engine, request_of(text));
    CHECK(result.finish == generate::FinishReason::interrupted);
    CHECK(result.tokens.empty());
    n_left = SIZE_MAX;
    chat.ask(request_of(text), 80);
}

TEST_CASE("kept: many sequences, whatever the memory") {
    for (const char* family : {"", "lfm2"}) {
        CAPTURE(family);
        const Loaded loaded(family);
        const auto requests = requests_of(40);
        const Results alone =
            run_all(loaded, requests, {.n_parallel = 1, .batch = 512, .share_prefixes = false});
        for (const bool shares : {false, true}) {
            for (const std::size_t n_parallel : {1U, 3U}) {
                for (const std::uint64_t contexts : {1U, 2U, 50U}) {
                    generate::EngineStats stats;
                    const generate::EngineParams params{
                        .n_parallel = n_parallel,
                        .batch = 60,
                        .memory_bytes = contexts * loaded.context_bytes(),
                        .share_prefixes = shares,
                        .keep_last = true};
                    const Results found = run_all(loaded, requests, params, &stats);
                    for (std::size_t i = 0; i < requests.size(); ++i) {
                        CAPTURE(i);
                        CHECK(same(found.at(i), alone.at(i)));
                    }
                    CHECK(stats.peak_kv_bytes <= params.memory_bytes);
                }
            }
        }
    }
}
