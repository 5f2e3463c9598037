#include "lib/generate/engine.h"

#include <algorithm>

#include "tests/generate/engine_support.h"

using namespace quire;
using namespace quire::test;

TEST_CASE("engine: the same results for any batch, memory, threads and order") {
    check_all_ways(Loaded());
}

TEST_CASE("engine: a pass that was interrupted is computed again, with the same results") {
    check_interruptions(Loaded());
}

TEST_CASE("engine: an interruption in the prompt ends a single request without a token") {
    const Loaded loaded;
    std::size_t n_asked = 0;
    const auto result = run_one(loaded, {.prompt = std::vector<std::uint32_t>(200, 7)},
                                {.interrupted = [&n_asked] { return ++n_asked == 2; }});
    CHECK(n_asked == 2);
    CHECK(result.tokens.empty());
    CHECK(result.finish == generate::FinishReason::interrupted);
}

TEST_CASE("engine: a request gets the same result alone and among others, in passes of any size") {
    const Loaded loaded;
    const auto requests = requests_of(12);
    const Results batch = run_all(loaded, requests, {});
    for (std::size_t i = 0; i < requests.size(); ++i) {
        CAPTURE(i);
        CHECK(same(run_one(loaded, requests[i]), batch.at(i)));
        CHECK(same(run_one(loaded, requests[i], {.batch = 9}), batch.at(i)));
    }
}

TEST_CASE("engine: chunks are the tokens and the text of the result, each once and in order") {
    const Loaded loaded;
    auto requests = requests_of(12);
    const Results expected = run_all(loaded, requests, {});
    std::vector<std::vector<std::uint32_t>> tokens(requests.size());
    std::vector<std::string> texts(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        requests[i].on_chunk = [&tokens, &texts, i](const generate::Chunk& chunk) {
            CHECK(!(chunk.tokens.empty() && chunk.text.empty()));
            CHECK(chunk.tokens.size() <= 1);
            tokens[i].insert(tokens[i].end(), chunk.tokens.begin(), chunk.tokens.end());
            texts[i] += chunk.text;
            return true;
        };
    }
    const Results found = run_all(loaded, requests, {.n_threads = 2});
    for (const auto& [i, result] : expected) {
        CHECK(same(found.at(i), result));
        CHECK(tokens[i] == result.tokens);
        CHECK(texts[i] == result.text);
    }
}

TEST_CASE("engine: a cancelled request ends early and does not affect the others") {
    const Loaded loaded;
    const auto requests = requests_of(10);
    const Results expected = run_all(loaded, requests, {});
    generate::Engine engine(loaded.model, loaded.tokenizer, {.n_parallel = 4, .batch = 50});
    Results results;
    std::vector<generate::RequestId> ids(requests.size());
    const auto add = [&](std::size_t i, generate::Request request) {
        request.on_done = [&results, i](generate::Result result) {
            CHECK(results.emplace(i, std::move(result)).second);
        };
        ids[i] = engine.add(std::move(request));
    };
    for (std::size_t i = 0; i < requests.size(); ++i) {
        generate::Request request = requests[i];
        if (i == 2) {
            request.on_chunk = [n = 0](const generate::Chunk&) mutable { return ++n < 3; };
        }
        add(i, std::move(request));
    }
    engine.step();
    engine.cancel(ids[0]);  // running
    engine.cancel(ids[9]);  // in the queue
    engine.cancel(12345);   // never added
    const std::uint64_t n_before = engine.stats().n_steps;
    engine.run();
    CHECK(engine.stats().n_steps > n_before);
    REQUIRE(results.size() == requests.size());
    for (const std::size_t i : {0U, 2U, 9U}) {
        const generate::Result& result = results.at(i);
        CHECK(result.finish == generate::FinishReason::interrupted);
        CHECK(result.tokens.size() < expected.at(i).tokens.size());
        CHECK(std::ranges::equal(result.tokens,
                                 std::span(expected.at(i).tokens).first(result.tokens.size())));
        CHECK(expected.at(i).text.starts_with(result.text));
    }
    CHECK(results.at(2).tokens.size() == 3);
    CHECK(results.at(9).tokens.empty());
    for (const auto& [i, result] : expected) {
        if (i != 0 && i != 2 && i != 9) CHECK(same(results.at(i), result));
    }
    // Cancelling alone needs no pass.
    add(0, requests[0]);
    results.clear();
    engine.cancel(ids[0]);
    const std::uint64_t n_steps = engine.stats().n_steps;
    engine.run();
    CHECK(engine.stats().n_steps == n_steps);
    CHECK(results.size() == 1);
}

TEST_CASE("engine: callbacks may add and cancel requests") {
    const Loaded loaded;
    const auto requests = requests_of(3);
    generate::Engine engine(loaded.model, loaded.tokenizer, {});
    std::vector<generate::Result> results;
    const auto keep = [&results](generate::Result result) { results.push_back(std::move(result)); };
    generate::Request endless = requests[1];
    endless.continuation.ignore_end = true;
    endless.continuation.max_tokens = SIZE_MAX;
    endless.on_done = keep;
    const generate::RequestId endless_id = engine.add(endless);
    generate::Request first = requests[0];
    first.on_done = [&](generate::Result result) {
        keep(std::move(result));
        engine.cancel(endless_id);
        generate::Request second = requests[2];
        second.on_done = keep;
        engine.add(std::move(second));
    };
    engine.add(first);
    CHECK(engine.run());
    REQUIRE(results.size() == 3);
    CHECK(same(results[0], run_one(loaded, requests[0])));
    CHECK(results[1].finish == generate::FinishReason::interrupted);
    CHECK(same(results[2], run_one(loaded, requests[2])));
}

TEST_CASE("engine: without tokens to generate, the whole prompt is computed") {
    const Loaded loaded;
    generate::Request request{.prompt = std::vector<std::uint32_t>(100, 7), .hash_logits = true};
    request.continuation.max_tokens = 0;
    const auto none = run_one(loaded, request, {.batch = 30});
    CHECK(none.tokens.empty());
    CHECK(none.finish == generate::FinishReason::length);
    request.continuation.max_tokens = 1;
    CHECK(none.logits_hash == run_one(loaded, request).logits_hash);
}

TEST_CASE("engine: a common beginning is computed once") {
    const Loaded loaded;
    std::vector<generate::Request> requests;
    for (std::uint32_t i = 0; i < 64; ++i) {
        generate::Request request;
        for (std::uint32_t k = 0; k < 192; ++k) request.prompt.push_back((k * 7) % 320);
        request.prompt.push_back(i);
        request.continuation.max_tokens = 3;
        requests.push_back(request);
    }
    generate::EngineStats stats;
    run_all(loaded, requests, {.n_parallel = 32, .batch = 100}, &stats);
    CHECK(stats.n_computed == 192 + 64);
    CHECK(stats.n_reused == 63 * 192);
}

TEST_CASE(
    "engine: prompts that are refused or get the shortest answers, and limits that are refused") {
    const Loaded loaded;
    generate::Engine engine(loaded.model, loaded.tokenizer, {});
    generate::Request request;
    CHECK(error_of(ErrorCode::input, [&] { engine.add(request); }).find("none") !=
          std::string::npos);
    request.prompt.assign(engine.context() + 1, 5);
    CHECK(error_of(ErrorCode::input, [&] {
              engine.add(request);
          }).find("found " + std::to_string(engine.context() + 1)) != std::string::npos);
    std::vector<std::size_t> lengths;
    request.on_done = [&](const generate::Result& result) {
        lengths.push_back(result.tokens.size());
    };
    request.prompt.assign(engine.context(), 5);
    request.continuation.max_tokens = 10;
    engine.add(request);
    request.prompt = {1, 2, 3};
    request.continuation.max_tokens = 0;
    engine.add(request);
    engine.run();
    std::ranges::sort(lengths);
    CHECK(lengths == std::vector<std::size_t>{0, 1});  // one token fits after a full context
    error_of(ErrorCode::usage, [&] {
        generate::Engine(loaded.model, loaded.tokenizer, {.memory_bytes = loaded.page_bytes()});
    });
    error_of(ErrorCode::usage,
             [&] { generate::Engine(loaded.model, loaded.tokenizer, {.context = 1U << 20}); });
}
