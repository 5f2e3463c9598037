#include "lib/generate/scheduler.h"

#include <algorithm>
#include <map>

#include "lib/generate/generate.h"
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

// Prompts of all lengths, many of which begin alike.
std::vector<generate::SchedulerRequest> requests_of(std::size_t n) {
    std::mt19937 rng(12);
    std::vector<std::uint32_t> trunk(150);
    for (auto& token : trunk) token = static_cast<std::uint32_t>(rng() % 320);
    std::vector<generate::SchedulerRequest> requests;
    for (std::size_t i = 0; i < n; ++i) {
        generate::SchedulerRequest request;
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
        request.score_prompt = i % 12 == 0;
        request.tag = i;
        requests.push_back(request);
    }
    return requests;
}

using Results = std::map<std::uint64_t, generate::SchedulerResult>;

Results run_all(const Loaded& loaded, const std::vector<generate::SchedulerRequest>& requests,
                const generate::SchedulerParams& params,
                generate::SchedulerStats* stats = nullptr) {
    generate::Scheduler scheduler(loaded.model, loaded.tokenizer, params);
    Results results;
    std::size_t next = 0;
    while (next < requests.size() || scheduler.n_unfinished() > 0) {
        // They come while others are being computed.
        for (int k = 0; k < 3 && next < requests.size(); ++k) scheduler.add(requests[next++]);
        scheduler.step([&](generate::SchedulerResult result) {
            const std::uint64_t tag = result.tag;
            CHECK(results.emplace(tag, std::move(result)).second);
        });
    }
    if (stats != nullptr) *stats = scheduler.stats();
    return results;
}

bool same(const generate::ScoredToken& a, const generate::ScoredToken& b) {
    return a.chosen.token == b.chosen.token && a.chosen.logprob == b.chosen.logprob &&
           a.top.size() == b.top.size();
}

bool same(const generate::SchedulerResult& a, const generate::SchedulerResult& b) {
    const auto equal = [](const auto& x, const auto& y) {
        return std::ranges::equal(x, y, [](const auto& p, const auto& q) { return same(p, q); });
    };
    return a.text == b.text && a.tokens == b.tokens && a.finish == b.finish &&
           equal(a.scores, b.scores) && equal(a.prompt_scores, b.prompt_scores);
}

}  // namespace

TEST_CASE("scheduler: the same results for any batch, memory, threads and order") {
    const Loaded loaded;
    auto requests = requests_of(40);
    const Results alone =
        run_all(loaded, requests, {.n_parallel = 1, .batch = 512, .share_prefixes = false});
    REQUIRE(alone.size() == requests.size());
    const auto check = [&](const generate::SchedulerParams& params) {
        CAPTURE(params.n_parallel);
        CAPTURE(params.batch);
        CAPTURE(params.memory_bytes);
        generate::SchedulerStats stats;
        const Results found = run_all(loaded, requests, params, &stats);
        REQUIRE(found.size() == alone.size());
        for (const auto& [tag, result] : alone) {
            CAPTURE(tag);
            CHECK(same(found.at(tag), result));
        }
        CHECK(stats.peak_pages * loaded.page_bytes() <= params.memory_bytes);
        return stats;
    };
    const std::uint64_t least =
        loaded.page_bytes() * ((loaded.model.spec.context_length + 63) / 64);
    check({.n_parallel = 2, .batch = 7, .n_threads = 2});
    CHECK(check({.n_parallel = 7, .batch = 64, .n_threads = 3}).n_reused > 500);
    check({.n_parallel = 32, .batch = 512, .share_prefixes = false, .n_threads = 2});
    CHECK(check({.n_parallel = 32, .batch = 512, .memory_bytes = least}).n_preempted > 0);
    std::ranges::reverse(requests);
    check({.n_parallel = 32, .batch = 100, .memory_bytes = 2 * least, .n_threads = 2});
}

TEST_CASE("scheduler: a pass that was interrupted is computed again to the same results") {
    const Loaded loaded;
    const auto requests = requests_of(20);
    const Results expected = run_all(loaded, requests, {});
    std::size_t n_asked = 0;
    for (const int n_threads : {1, 3}) {
        // Within a pass of two layers, before either of them, and not at all.
        const auto every_fifth = [&n_asked] { return ++n_asked % 5 == 0; };
        generate::SchedulerStats stats;
        const Results found =
            run_all(loaded, requests,
                    {.batch = 64, .n_threads = n_threads, .interrupted = every_fifth}, &stats);
        for (const auto& [tag, result] : expected) CHECK(same(found.at(tag), result));
        CHECK(stats.n_computed + stats.n_reused < 20 * 200);
    }
    CHECK(n_asked > 100);
}

TEST_CASE("generate: an interruption in the prompt ends it without a token") {
    const Loaded loaded;
    const std::vector<std::uint32_t> prompt(200, 7);
    generate::GenerateParams params;
    std::size_t n_asked = 0;
    params.interrupted = [&n_asked] { return ++n_asked == 2; };
    const auto result = generate::generate(loaded.model, loaded.tokenizer, prompt, params,
                                           [](std::string_view) { return true; });
    CHECK(n_asked == 2);
    CHECK(result.tokens.empty());
    CHECK(result.finish == generate::FinishReason::interrupted);
}

TEST_CASE("scheduler: one request gets what generate() gives") {
    const Loaded loaded;
    const auto requests = requests_of(12);
    const Results batch = run_all(loaded, requests, {});
    for (const auto& request : requests) {
        if (!request.continuation.rules.empty()) continue;
        generate::GenerateParams params;
        params.sampler = request.continuation.sampler;
        params.n_predict = request.continuation.max_tokens;
        const auto single = generate::generate(loaded.model, loaded.tokenizer, request.prompt,
                                               params, [](std::string_view) { return true; });
        CHECK(single.tokens == batch.at(request.tag).tokens);
        CHECK(single.text == batch.at(request.tag).text);
        CHECK(single.finish == batch.at(request.tag).finish);
    }
}

TEST_CASE("scheduler: what requests begin with is computed once") {
    const Loaded loaded;
    std::vector<generate::SchedulerRequest> requests;
    for (std::uint32_t i = 0; i < 64; ++i) {
        generate::SchedulerRequest request;
        for (std::uint32_t k = 0; k < 192; ++k) request.prompt.push_back((k * 7) % 320);
        request.prompt.push_back(i);
        request.continuation.max_tokens = 3;
        request.tag = i;
        requests.push_back(request);
    }
    generate::SchedulerStats stats;
    run_all(loaded, requests, {.n_parallel = 32, .batch = 100}, &stats);
    CHECK(stats.n_computed == 192 + 64);
    CHECK(stats.n_reused == 63 * 192);
}

TEST_CASE("scheduler: prompts without an answer, and limits that make no sense") {
    const Loaded loaded;
    generate::Scheduler scheduler(loaded.model, loaded.tokenizer, {});
    generate::SchedulerRequest request;
    CHECK(error_of(ErrorCode::input, [&] { scheduler.add(request); }).find("none") !=
          std::string::npos);
    request.prompt.assign(scheduler.context() + 1, 5);
    CHECK(error_of(ErrorCode::input, [&] {
              scheduler.add(request);
          }).find("found " + std::to_string(scheduler.context() + 1)) != std::string::npos);
    request.prompt.assign(scheduler.context(), 5);
    request.continuation.max_tokens = 10;
    scheduler.add(request);
    request.prompt = {1, 2, 3};
    request.continuation.max_tokens = 0;
    scheduler.add(request);
    std::vector<std::size_t> lengths;
    while (scheduler.n_unfinished() > 0) {
        scheduler.step([&](const generate::SchedulerResult& result) {
            lengths.push_back(result.tokens.size());
        });
    }
    std::ranges::sort(lengths);
    CHECK(lengths == std::vector<std::size_t>{0, 1});  // a full context has room for one more
    error_of(ErrorCode::usage, [&] {
        generate::Scheduler(loaded.model, loaded.tokenizer, {.memory_bytes = loaded.page_bytes()});
    });
    error_of(ErrorCode::usage,
             [&] { generate::Scheduler(loaded.model, loaded.tokenizer, {.context = 1U << 20}); });
}
