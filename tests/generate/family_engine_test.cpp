// The engine with every family that writes text: batches, passes of any size, threads and preemption must
// not change a bit of what a request gets alone.

#include "tests/generate/engine_support.h"

using namespace quire;
using namespace quire::test;

namespace {

namespace fs = std::filesystem;

// Folders of tests/golden/families; for someone who adds a model those that QUIRE_GOLDENS names.
std::vector<std::string> family_names() {
    const char* chosen = std::getenv("QUIRE_GOLDENS");
    const std::string padded = chosen == nullptr ? "" : " " + std::string(chosen) + " ";
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(golden("families"))) {
        const std::string name = entry.path().filename().string();
        const bool asked = chosen == nullptr || padded.find(" " + name + " ") != std::string::npos;
        if (entry.is_directory() && asked) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

// Positions of a sequence: two pages, or all that the model has.
std::size_t context_of(const model::Model& model) {
    return std::min<std::size_t>(model.spec.context_length, 128);
}

// They begin alike and grow over the end of a page.
std::vector<generate::Request> growing_requests(const model::Model& model) {
    std::mt19937 rng(31);
    const auto token = [&] { return 3 + static_cast<std::uint32_t>(rng() % 300); };
    const bool reads_source = model.encoder != nullptr;
    const std::size_t first = std::min<std::size_t>(50, context_of(model) * 5 / 8);
    std::vector<generate::Request> requests(8);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        generate::Request& request = requests[i];
        if (i > 0) request.prompt.assign(requests[0].prompt.begin(), requests[0].prompt.end() - 9);
        const std::size_t length = i == 0 ? first : request.prompt.size() + 1 + rng() % (first / 2);
        while (request.prompt.size() < length) request.prompt.push_back(token());
        for (std::size_t k = 0; reads_source && k < 5 + 3 * i; ++k) {
            request.source.push_back(token());
        }
        request.continuation.sampler.temperature = i % 3 == 0 ? 0.0F : 1.2F;
        request.continuation.sampler.seed = i;
        request.continuation.ignore_end = true;
        request.continuation.max_tokens = 10 + 3 * i;
        request.hash_logits = true;
    }
    return requests;
}

// With the least memory that holds a sequence, and more until sequences had to wait for others.
std::uint64_t check_little_memory(const Loaded& loaded,
                                  const std::vector<generate::Request>& requests,
                                  const Results& alone) {
    for (std::uint64_t k = 1; k < 40; ++k) {
        const std::uint64_t states = 1 + k / 2;
        const std::uint64_t memory =
            k * loaded.page_bytes() + states * loaded.model.kv_layout.state_bytes;
        generate::EngineStats stats;
        Results found;
        try {
            found = run_all(loaded, requests,
                            {.n_parallel = 8,
                             .batch = 100,
                             .context = context_of(loaded.model),
                             .memory_bytes = memory},
                            &stats);
        } catch (const Error&) {
            continue;  // too little
        }
        for (const auto& [i, result] : alone) CHECK(same(found.at(i), result));
        if (stats.n_preempted > 0) return stats.n_preempted;
    }
    return 0;
}

}  // namespace

TEST_CASE("engine: every family gives the same results in batches and after preemption") {
    std::size_t n_families = 0;
    for (const std::string& name : family_names()) {
        CAPTURE(name);
        const Loaded loaded(name);
        if (loaded.model.spec.output == spec::OutputKind::none) continue;
        ++n_families;
        const auto requests = growing_requests(loaded.model);
        Results alone;
        for (std::size_t i = 0; i < requests.size(); ++i) {
            alone.emplace(i, run_one(loaded, requests[i], {.context = context_of(loaded.model)}));
        }
        const auto check = [&](generate::EngineParams params) {
            CAPTURE(params.batch);
            params.context = context_of(loaded.model);
            const Results found = run_all(loaded, requests, params);
            REQUIRE(found.size() == alone.size());
            for (const auto& [i, result] : alone) CHECK(same(found.at(i), result));
        };
        check({.n_parallel = 3, .batch = 7, .n_threads = 2});
        check({.n_parallel = 10, .batch = 64, .share_prefixes = false, .n_threads = 3});
        check({.n_parallel = 10, .batch = 512});
        // Without keys and values, and within a page, no sequence grows; it may still have to wait.
        const bool grows = loaded.page_bytes() > 64 && context_of(loaded.model) > 64;
        const std::uint64_t n_preempted = check_little_memory(loaded, requests, alone);
        CHECK((n_preempted > 0 || !grows));
    }
    CHECK(n_families > 0);
}
