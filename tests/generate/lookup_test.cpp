#include "lib/generate/reuse/lookup.h"

#include <doctest/doctest.h>

#include "tests/generate/engine_support.h"

using namespace quire;
using namespace quire::test;

TEST_CASE("lookup: what followed the last tokens, where they were seen last") {
    generate::TextIndex index;
    index.append(Tokens{1, 2, 3, 4, 5, 1, 2, 3, 6});
    CHECK(index.after(Tokens{9, 1, 2, 3}, 1) == Tokens{6});
    CHECK(index.after(Tokens{2, 3, 4}, 3) == Tokens{5, 1, 2});
    CHECK(index.after(Tokens{2, 3, 6}, 3).empty());
    CHECK(index.after(Tokens{2, 3}, 3).empty());
    // The end of the text is followed by the guesses themselves.
    index.append(Tokens{7, 8, 9, 7, 8, 9});
    CHECK(index.after(Tokens{7, 8, 9}, 7) == Tokens{7, 8, 9, 7, 8, 9, 7});
}

TEST_CASE("lookup: more guesses after right ones, and pauses after wrong ones") {
    const generate::TextIndex none;
    const Tokens text{1, 2, 3, 1, 2, 3};
    generate::Lookup lookup;
    CHECK(lookup.guess(text, 100, none).size() == 4);
    lookup.learn(4, 4);
    CHECK(lookup.guess(text, 100, none).size() == 8);
    lookup.learn(8, 2);
    CHECK(lookup.guess(text, 100, none).size() == 3);
    CHECK(lookup.guess(text, 2, none).size() == 2);
    for (std::size_t pause = 0; pause < 4; pause = 2 * pause + 1) {
        lookup.learn(3, 0);
        for (std::size_t i = 0; i < pause; ++i) CHECK(lookup.guess(text, 100, none).empty());
        CHECK(!lookup.guess(text, 100, none).empty());
    }
    lookup.stop();
    CHECK(lookup.guess(text, 100, none).empty());
}

TEST_CASE("lookup: other texts are looked at for what the own one does not have") {
    generate::TextIndex others;
    others.append(Tokens{1, 2, 3, 4, 5, 6});
    generate::Lookup lookup;
    CHECK(lookup.guess(Tokens{1, 2, 3}, 2, others) == Tokens{4, 5});
}

namespace {

// Requests whose texts repeat themselves often, but not always: few tokens are likely.
std::vector<generate::Request> repeating_requests(std::size_t n) {
    auto requests = requests_of(n);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::uint32_t token = 0; token < 3 + i % 4; ++token) {
            requests[i].continuation.rules.bias.emplace_back(40 + 7 * token, 30.0F);
        }
        requests[i].continuation.max_tokens = 40 + i;
    }
    return requests;
}

void check_lookup(const Loaded& loaded) {
    for (const auto& requests : {repeating_requests(24), requests_of(24)}) {
        const Results expected = run_all(loaded, requests, {.n_parallel = 1});
        const auto check = [&](const generate::EngineParams& params) {
            generate::EngineStats stats;
            const Results found = run_all(loaded, requests, params, &stats);
            check_same(found, expected);
            CHECK(stats.peak_kv_bytes <= params.memory_bytes);
            CHECK(stats.n_right <= stats.n_guessed);
            return stats;
        };
        const auto alone = check({.n_parallel = 1, .max_guesses = 16});
        check({.n_parallel = 5, .batch = 9, .max_guesses = 16, .n_threads = 2});
        check({.n_parallel = 32, .memory_bytes = loaded.context_bytes(), .max_guesses = 64});
        if (loaded.model.kv_layout.state_bytes > 0) {
            CHECK(alone.n_guessed == 0);
        } else if (requests[0].continuation.rules.bias.size() == 3) {
            CHECK(alone.n_right > 100);
            CHECK(alone.n_guessed - alone.n_right > 20);
        }
    }
}

}  // namespace

TEST_CASE("lookup: guesses change no bit of any result") {
    check_lookup(Loaded());
}

TEST_CASE("lookup: with windows of attention, and with a recurrent state, which is never guessed") {
    check_lookup(Loaded("gemma3"));
    check_lookup(Loaded("lfm2"));
}

TEST_CASE("lookup: a repeated answer takes fewer passes") {
    const Loaded loaded;
    generate::Request request{.prompt = {5, 6, 7, 8, 5, 6, 7, 8}};
    request.continuation.max_tokens = 60;
    // Greedy, with penalties for all but a few tokens, ends in a loop.
    request.continuation.sampler.temperature = 0;
    generate::Request again = request;
    const auto steps = [&](std::size_t max_guesses) {
        generate::EngineStats stats;
        run_all(loaded, {request, again}, {.n_parallel = 1, .max_guesses = max_guesses}, &stats);
        return stats;
    };
    const auto with = steps(16);
    CHECK(steps(0).n_guessed == 0);
    // The second answer repeats the first.
    CHECK(with.n_right >= 40);
    CHECK(with.n_steps + 35 <= steps(0).n_steps);
}
