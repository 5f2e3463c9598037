#include "apps/gen/samples.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "apps/common/output.h"
#include "apps/gen/report.h"
#include "apps/gen/request.h"
#include "lib/generate/engine.h"

namespace quire::gen {

namespace {

std::string text_of(const std::vector<generate::Result>& results) {
    std::string text;
    for (const generate::Result& result : results) {
        if (!text.empty()) text += text.back() == '\n' ? "---\n" : "\n---\n";
        text += result.text;
    }
    return text;
}

}  // namespace

void write_samples(const Options& options, const formats::QuireFile& file,
                   const SamplePrompt& prompt, double load_ms) {
    generate::EngineParams params = options.engine;
    params.n_parallel = std::min(options.n_samples, kMostAtOnce);
    params.memory_bytes = std::numeric_limits<std::uint64_t>::max();
    generate::Engine engine(prompt.model, prompt.tokenizer, params);
    std::vector<generate::Result> results(options.n_samples);
    for (std::size_t i = 0; i < results.size(); ++i) {
        generate::Request request = request_of(options, prompt.tokenizer, prompt.tokens);
        request.continuation.choice = i;
        request.on_done = [&results, i](generate::Result result) {
            results[i] = std::move(result);
        };
        engine.add(std::move(request));
    }
    if (!engine.run()) return;
    for (const generate::Result& result : results) {
        if (result.failure) throw *result.failure;
    }
    if (options.json) {
        common::write_stdout(to_json(results, options, file, load_ms));
    } else {
        common::write_stdout(text_of(results));
        if (::isatty(STDOUT_FILENO) == 1) common::write_stdout("\n");
    }
}

}  // namespace quire::gen
