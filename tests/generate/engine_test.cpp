#include "lib/generate/engine.h"

#include <algorithm>
#include <map>

#include "lib/kernels/dispatch.h"
#include "tests/support.h"

using namespace quire;
using namespace quire::test;

namespace {

struct Loaded {
    TempDir dir;
    formats::QuireFile file;
    model::Model model;
    tokenizer::Tokenizer tokenizer;

    Loaded()
        : file(formats::QuireFile::open(pack_tiny(dir, pack::TargetType::q8))),
          model(file.spec(), file.tensors(), kernels::choose(""), file.path()),
          tokenizer([this](std::string_view name) { return file.required_section(name); }) {}

    std::uint64_t page_bytes() const { return model::KvCache(model.kv_layout).page_bytes(); }
};

// Prompts of all lengths, many of which have a common beginning.
std::vector<generate::Request> requests_of(std::size_t n) {
    std::mt19937 rng(12);
    std::vector<std::uint32_t> trunk(150);
    for (auto& token : trunk) token = static_cast<std::uint32_t>(rng() % 320);
    std::vector<generate::Request> requests;
    for (std::size_t i = 0; i < n; ++i) {
        generate::Request request;
        const std::size_t shared = rng() % 3 == 0 ? 0 : rng() % trunk.size();
        request.prompt.assign(trunk.begin(), trunk.begin() + static_cast<std::ptrdiff_t>(shared));
        for (std::size_t k = 1 + rng() % 40; k > 0; --k) {
            request.prompt.push_back(static_cast<std::uint32_t>(rng() % 320));
        }
        if (i % 5 == 4) request.prompt = requests[i - 1].prompt;
        request.continuation.sampler.temperature = i % 4 == 0 ? 0.0F : 1.5F;
        request.continuation.sampler.top_k = i % 3 == 0 ? 0 : 20;
        request.continuation.sampler.top_p = i % 2 == 0 ? 1.0F : 0.9F;
        request.continuation.sampler.min_p = 0.0F;
        request.continuation.sampler.seed = i;
        request.continuation.max_tokens = 1 + rng() % 60;
        if (i % 7 == 0) request.continuation.rules.frequency_penalty = 0.5F;
        if (i % 6 == 0) request.continuation.n_top = 2;
        request.hash_logits = true;
        request.score_prompt = i % 12 == 0;
        requests.push_back(request);
    }
    return requests;
}

using Results = std::map<std::size_t, generate::Result>;  // by the request's index

// The result that each request gets.
Results run_all(const Loaded& loaded, const std::vector<generate::Request>& requests,
                const generate::EngineParams& params, generate::EngineStats* stats = nullptr) {
    generate::Engine engine(loaded.model, loaded.tokenizer, params);
    Results results;
    std::size_t next = 0;
    while (next < requests.size() || engine.n_unfinished() > 0) {
        // Requests arrive while others are being computed.
        for (int k = 0; k < 3 && next < requests.size(); ++k) {
            generate::Request request = requests[next];
            request.on_done = [&results, i = next](generate::Result result) {
                CHECK(results.emplace(i, std::move(result)).second);
            };
            engine.add(std::move(request));
            ++next;
        }
        engine.step();
    }
    if (stats != nullptr) *stats = engine.stats();
    return results;
}

// The result of a request that runs alone.
generate::Result run_one(const Loaded& loaded, generate::Request request,
                         const generate::EngineParams& params = {}) {
    generate::Engine engine(loaded.model, loaded.tokenizer,
                            generate::for_one_request(params, request.prompt.size()));
    return generate::complete(engine, std::move(request));
}

bool same(const generate::ScoredToken& a, const generate::ScoredToken& b) {
    return a.chosen.token == b.chosen.token && a.chosen.logprob == b.chosen.logprob &&
           a.top.size() == b.top.size();
}

bool same(const generate::Result& a, const generate::Result& b) {
    const auto equal = [](const auto& x, const auto& y) {
        return std::ranges::equal(x, y, [](const auto& p, const auto& q) { return same(p, q); });
    };
    return a.text == b.text && a.tokens == b.tokens && a.finish == b.finish &&
           a.logits_hash == b.logits_hash && a.n_prompt == b.n_prompt &&
           equal(a.scores, b.scores) && equal(a.prompt_scores, b.prompt_scores);
}

}  // namespace

TEST_CASE("engine: the same results for any batch, memory, threads and order") {
    const Loaded loaded;
    const auto requests = requests_of(40);
    const Results alone =
        run_all(loaded, requests, {.n_parallel = 1, .batch = 512, .share_prefixes = false});
    REQUIRE(alone.size() == requests.size());
    const auto check = [&](const generate::EngineParams& params) {
        CAPTURE(params.n_parallel);
        CAPTURE(params.batch);
        CAPTURE(params.memory_bytes);
        generate::EngineStats stats;
        const Results found = run_all(loaded, requests, params, &stats);
        REQUIRE(found.size() == alone.size());
        for (const auto& [index, result] : alone) {
            const auto i = index;  // clang 14 cannot capture a structured binding
            CAPTURE(i);
            CHECK(same(found.at(i), result));
        }
        CHECK(stats.peak_kv_bytes <= params.memory_bytes);
        return stats;
    };
    const std::uint64_t least =
        loaded.page_bytes() * ((loaded.model.spec.context_length + 63) / 64);
    check({.n_parallel = 2, .batch = 7, .n_threads = 2});
    CHECK(check({.n_parallel = 7, .batch = 64, .n_threads = 3}).n_reused > 500);
    check({.n_parallel = 32, .batch = 512, .share_prefixes = false, .n_threads = 2});
    CHECK(check({.n_parallel = 32, .batch = 512, .memory_bytes = least}).n_preempted > 0);
    const std::vector<generate::Request> backwards(requests.rbegin(), requests.rend());
    const Results found =
        run_all(loaded, backwards,
                {.n_parallel = 32, .batch = 100, .memory_bytes = 2 * least, .n_threads = 2});
    for (const auto& [i, result] : alone) CHECK(same(found.at(requests.size() - 1 - i), result));
}

TEST_CASE("engine: a pass that was interrupted is computed again, with the same results") {
    const Loaded loaded;
    const auto requests = requests_of(20);
    const Results expected = run_all(loaded, requests, {});
    std::size_t n_asked = 0;
    for (const int n_threads : {1, 3}) {
        // Within a pass of two layers, before either of them, and not at all.
        const auto every_fifth = [&n_asked] { return ++n_asked % 5 == 0; };
        generate::EngineStats stats;
        const Results found =
            run_all(loaded, requests,
                    {.batch = 64, .n_threads = n_threads, .interrupted = every_fifth}, &stats);
        for (const auto& [i, result] : expected) CHECK(same(found.at(i), result));
        CHECK(stats.n_computed + stats.n_reused < 20 * 200);
    }
    CHECK(n_asked > 100);
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
