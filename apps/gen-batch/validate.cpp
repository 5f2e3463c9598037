#include "apps/gen-batch/validate.h"

#include <spdlog/spdlog.h>

#include "apps/common/command.h"
#include "apps/common/open_model.h"
#include "apps/common/output.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/gen-batch/requests/constraint_cache.h"
#include "apps/gen-batch/requests/encoder.h"
#include "apps/gen-batch/requests/id_set.h"
#include "apps/gen-batch/requests/input.h"
#include "lib/base/hash.h"
#include "lib/generate/context.h"

namespace quire::gen_batch {

namespace {

namespace openai = formats::openai;

// What is needed to know whether a prompt fits the model.
struct PromptChecker {
    PromptChecker(const Options& options)
        : file(common::open_model_file(options.model)),
          tokenizer(common::load_tokenizer(file)),
          encoder(file, tokenizer, prompt_context(file.spec(), options.engine.context),
                  parse_time(options.time)) {}

    formats::QuireFile file;
    tokenizer::Tokenizer tokenizer;
    RequestEncoder encoder;
};

std::optional<openai::Refusal> constraint_fault(ConstraintCache& constraints,
                                                const openai::Request& request) {
    try {
        constraints.of(request);
        return std::nullopt;
    } catch (const openai::Refusal& refusal) {
        return refusal;
    }
}

}  // namespace

int validate(const Options& options) {
    std::optional<PromptChecker> checker;
    if (!options.model.empty()) checker.emplace(options);
    const std::unique_ptr<Input> input = open_input(options);
    const std::string name = options.input == "-" ? "standard input" : options.input;
    IdSet seen;
    ConstraintCache constraints({});
    std::uint64_t n = 0;
    std::uint64_t n_bad = 0;
    common::ProgressLine progress({.what = "check",
                                   .total = input->lines().total_bytes().value_or(0),
                                   .unit = common::ProgressLine::Unit::bytes});
    for (Record record; input->next(record);) {
        progress.show(input->lines().bytes_read());
        ++n;
        openai::Line line = parse(record);
        const auto* refusal = std::get_if<openai::Refusal>(&line.content);
        std::variant<std::vector<RequestEncoder::Ids>, openai::Refusal> encoded;
        const openai::Refusal duplicate{0, "duplicate_custom_id", "custom_id",
                                        "expected an id of its own, found it a second time"};
        if (line.custom_id && !seen.insert(base::xxh3(std::as_bytes(std::span(*line.custom_id))))) {
            refusal = &duplicate;
        } else if (refusal == nullptr && checker) {
            encoded = checker->encoder.encode(std::get<openai::Request>(line.content));
            refusal = std::get_if<openai::Refusal>(&encoded);
        }
        std::optional<openai::Refusal> constraint;
        if (refusal == nullptr) {
            constraint = constraint_fault(constraints, std::get<openai::Request>(line.content));
            if (constraint) refusal = &*constraint;
        }
        if (refusal == nullptr) continue;
        ++n_bad;
        progress.clear();
        common::write_stdout(fmt::format("{}:{}: {}{}{}\n", name, record.line, refusal->param,
                                         refusal->param.empty() ? "" : ": ", refusal->message));
    }
    progress.clear();
    spdlog::info("{} requests, {} bad", n, n_bad);
    return n_bad == 0 ? 0 : common::kSomeFailedExit;
}

}  // namespace quire::gen_batch
