// Options of several commands that say how tokens are drawn.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/generate/sampling/continuation.h"
#include "lib/spec/constraint_spec.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace CLI {
class App;
}

namespace quire::common {

struct SamplingOptions {
    generate::SamplerParams sampler = {};
    generate::LogitRuleParams rules = {};
    std::vector<std::string> stops = {};
    bool ignore_eos = false;
    // Biases of texts, which resolve_biases() needs a tokenizer for.
    std::vector<std::pair<std::string, float>> text_bias = {};
    spec::ConstraintSpec constraint = {};
    std::shared_ptr<constraints::Constraint> compiled = {};  // of constraint; null: none
};

void add_sampling(CLI::App& app, SamplingOptions& options);

// Error{usage} for an option that another one leaves without effect, and for a constraint that cannot
// be followed, which is compiled here. To be called when all are parsed.
void check_sampling(const CLI::App& app, SamplingOptions& options);

// The one token that a text is. Error{usage} if it is none or several, with their number.
std::uint32_t only_token(const tokenizer::Tokenizer& tokenizer, const std::string& text);

// Moves text_bias into rules.bias. Error{usage} naming --logit-bias.
void resolve_biases(SamplingOptions& options, const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::common
