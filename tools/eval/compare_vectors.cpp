#include "tools/eval/compare_vectors.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "apps/common/input.h"
#include "apps/common/terminal/progress_line.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/generate/embed.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::eval {

namespace {

using Ids = std::vector<std::uint32_t>;

// Parts of the text, each with the tokens that the tokenizer puts around a text and at most as long
// as the context.
std::vector<Ids> parts_of(const std::string& text, const TextOptions& options,
                          const OpenModel& model) {
    const auto& prefix = model.tokenizer.prefix_ids();
    const auto& suffix = model.tokenizer.suffix_ids();
    const std::size_t around = prefix.size() + suffix.size();
    if (options.context <= around || options.context > model.model.spec.context_length) {
        throw Error(ErrorCode::usage, "--ctx-size",
                    "expected from " + std::to_string(around + 1) + " to the model's " +
                        std::to_string(model.model.spec.context_length) + " positions, found " +
                        std::to_string(options.context));
    }
    const Ids ids = tokenizer::encode(model.tokenizer, text);
    std::vector<Ids> parts;
    for (std::size_t at = 0; at < ids.size(); at += options.context - around) {
        const std::size_t n = std::min(options.context - around, ids.size() - at);
        Ids part(prefix.begin(), prefix.end());
        const auto first = ids.begin() + static_cast<std::ptrdiff_t>(at);
        part.insert(part.end(), first, first + static_cast<std::ptrdiff_t>(n));
        part.insert(part.end(), suffix.begin(), suffix.end());
        parts.push_back(std::move(part));
    }
    return parts;
}

void check_comparable(const OpenModel& reference, const OpenModel& model) {
    const auto n_expected = reference.model.spec.dim;
    const auto n_found = model.model.spec.dim;
    if (n_expected == n_found) return;
    throw Error(ErrorCode::input, model.file.path(),
                "expected vectors of the reference's " + std::to_string(n_expected) +
                    " numbers, found " + std::to_string(n_found));
}

}  // namespace

VectorComparison compare_vectors(const OpenModel& reference, const OpenModel& model,
                                 const TextOptions& options, int n_threads) {
    check_comparable(reference, model);
    if (options.stride != 0) {
        throw Error(ErrorCode::usage, "--stride", "goes with models that foresee text only");
    }
    const std::string text = common::read_input(options.path);
    std::vector<Ids> parts = parts_of(text, options, reference);
    if (parts != parts_of(text, options, model)) {
        throw Error(ErrorCode::input, model.file.path(),
                    "expected to cut the text into the same tokens as " + reference.file.path() +
                        ", found others");
    }
    if (parts.empty()) throw Error(ErrorCode::input, options.path, "expected a text, found none");
    if (options.n_windows) parts.resize(std::min(parts.size(), *options.n_windows));

    std::vector<double> cosines;
    generate::EmbedParams params;
    params.pooling = reference.model.spec.pooling;
    params.n_threads = n_threads;
    common::ProgressLine progress({.what = "eval", .total = parts.size(), .of = "parts"});
    for (const Ids& part : parts) {
        params.where = "part " + std::to_string(cosines.size() + 1) + " of the text";
        const auto a = generate::embedding(reference.model, part, params);
        const auto b = generate::embedding(model.model, part, params);
        cosines.push_back(generate::cosine(a, b));
        progress.show(cosines.size());
    }
    VectorComparison out;
    out.cosine = mean_error(cosines);
    out.median = quantile(cosines, 0.5);
    out.low_1 = quantile(cosines, 0.01);
    out.min = cosines.front();
    out.n_texts = cosines.size();
    return out;
}

std::string report(const VectorComparison& r) {
    return fmt::format(
        "cosine            mean {:.6f} +- {:.6f}, median {:.6f}, 1 % {:.6f}, least {:.6f}\n"
        "vectors           {}\n",
        r.cosine.mean, r.cosine.error, r.median, r.low_1, r.min, r.n_texts);
}

std::string to_json(const VectorComparison& r, const TextOptions& text, const OpenModel& reference,
                    const OpenModel& model) {
    return nlohmann::ordered_json{{"cosine_mean", r.cosine.mean},
                                  {"cosine_error", r.cosine.error},
                                  {"cosine_median", r.median},
                                  {"cosine_1", r.low_1},
                                  {"cosine_min", r.min},
                                  {"context", text.context},
                                  {"texts", r.n_texts},
                                  {"reference_hash", base::hex(reference.file.model_hash())},
                                  {"model_hash", base::hex(model.file.model_hash())}}
               .dump() +
           "\n";
}

}  // namespace quire::eval
