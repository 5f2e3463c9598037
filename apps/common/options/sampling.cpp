#include "apps/common/options/sampling.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>

#include "apps/common/options/constraint.h"
#include "apps/common/options/numbers.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::common {

namespace {

constexpr const char* kGroup = "Sampling";

// "penalties;top_k;temperature", with semicolons or commas.
std::vector<std::string> names_in(const std::string& text) {
    std::vector<std::string> names(1);
    for (const char c : text) {
        if (c == ';' || c == ',') {
            names.emplace_back();
        } else {
            names.back() += c;
        }
    }
    if (names.back().empty()) names.pop_back();
    return names;
}

// "15043+1", "15043-0.5" (an id), " Hello=-100" (a text).
void read_bias(const std::string& text, SamplingOptions& options) {
    constexpr RealRange kRange{-1e6, 1e6};
    const std::size_t n_digits = text.find_first_not_of("0123456789");
    if (n_digits != 0 && n_digits != std::string::npos &&
        (text[n_digits] == '+' || text[n_digits] == '-')) {
        const std::int64_t id =
            parse_integer(text.substr(0, n_digits), "--logit-bias", {0, UINT32_MAX});
        const std::size_t begin = text[n_digits] == '+' ? n_digits + 1 : n_digits;
        const double bias = parse_real(text.substr(begin), "--logit-bias", kRange);
        options.rules.bias.emplace_back(static_cast<std::uint32_t>(id), static_cast<float>(bias));
        return;
    }
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) {
        throw Error(ErrorCode::usage, "--logit-bias",
                    "expected ID+X, ID-X or TEXT=X, found " + base::quoted(text));
    }
    const double bias = parse_real(text.substr(equals + 1), "--logit-bias", kRange);
    options.text_bias.emplace_back(text.substr(0, equals), static_cast<float>(bias));
}

void add_steps(CLI::App& app, generate::SamplerParams& sampler) {
    add_real(app, "--temp", sampler.temperature, {0, 100},
             "Temperature; 0: always the likeliest token")
        ->group(kGroup);
    add_real(app, "--dynatemp-range", sampler.dynatemp_range, {0, 100},
             "The temperature varies by this much around --temp: the surer the model, the lower")
        ->group(kGroup);
    add_real(app, "--dynatemp-exp", sampler.dynatemp_exponent, {0.01, 100},
             "Exponent of the uncertainty, from 0 to 1, that sets the varying temperature")
        ->group(kGroup);
    add_integer(app, "--top-k", sampler.top_k, {0, UINT32_MAX},
                "Sample from the K likeliest tokens; 0: all")
        ->group(kGroup);
    add_real(app, "--top-p", sampler.top_p, {0, 1},
             "Sample from the likeliest tokens that together have this probability; 1: all")
        ->group(kGroup);
    add_real(app, "--min-p", sampler.min_p, {0, 1},
             "Sample from tokens at least this likely relative to the likeliest; 0: all")
        ->group(kGroup);
    add_real(app, "--typical", sampler.typical_p, {0.001, 1},
             "Sample from the tokens whose surprise is nearest to the expected one and that "
             "together have this probability; 1: all")
        ->group(kGroup);
    add_real(app, "--top-n-sigma", sampler.top_n_sigma, {0, 100},
             "Sample from tokens whose logit is at most this many standard deviations below the "
             "largest; 0: all")
        ->group(kGroup);
    add_real(app, "--xtc-probability", sampler.xtc_probability, {0, 1},
             "How often the likeliest tokens are left out, but for the last of them; 0: never")
        ->group(kGroup);
    add_real(app, "--xtc-threshold", sampler.xtc_threshold, {0, 1},
             "From this probability on a token counts as one of the likeliest; above 0.5: off")
        ->group(kGroup);
}

void add_mirostat(CLI::App& app, generate::SamplerParams& sampler) {
    app.add_option_function<std::string>(
           "--mirostat",
           [&sampler](const std::string& text) {
               if (text != "0" && text != "2") {
                   throw Error(ErrorCode::usage, "--mirostat",
                               "expected 0 (off) or 2, found " + base::quoted(text));
               }
               if (text == "2") sampler.mirostat.emplace();
           },
           "2: keep the surprise of the text near a target instead of top-k and the like (Mirostat "
           "2); 0: off")
        ->type_name("0|2")
        ->default_str("0")
        ->group(kGroup);
    const auto add = [&](const char* name, float generate::Mirostat::*field, RealRange range,
                         const char* about, const char* usual) {
        app.add_option_function<std::string>(
               name,
               [&sampler, name, field, range](const std::string& text) {
                   const double value = parse_real(text, name, range);
                   if (sampler.mirostat) (*sampler.mirostat).*field = static_cast<float>(value);
               },
               about)
            ->type_name("X")
            ->default_str(usual)
            ->needs("--mirostat")
            ->group(kGroup);
    };
    add("--mirostat-ent", &generate::Mirostat::tau, {0.01, 100},
        "The surprise that Mirostat aims at, in bits", "5");
    add("--mirostat-lr", &generate::Mirostat::eta, {0.0001, 1}, "How fast Mirostat adapts", "0.1");
}

void add_penalties(CLI::App& app, generate::LogitRuleParams& rules) {
    add_real(app, "--repeat-penalty", rules.repeat_penalty, {0.01, 100},
             "Divides the logits of tokens that are among the last ones; 1: off")
        ->group(kGroup);
    add_integer(app, "--repeat-last-n", rules.repeat_last_n, {-1, kMaxTokens},
                "How many of the last tokens of prompt and text --repeat-penalty looks at; -1: all")
        ->group(kGroup);
    add_real(app, "--presence-penalty", rules.presence_penalty, {-100, 100},
             "Subtracted from the logits of tokens that were generated")
        ->group(kGroup);
    add_real(app, "--frequency-penalty", rules.frequency_penalty, {-100, 100},
             "The same for each time a token was generated")
        ->group(kGroup);
    generate::DryParams& dry = rules.dry;
    add_real(app, "--dry-multiplier", dry.multiplier, {0, 100},
             "DRY: the penalty of a token that would lengthen a repetition; 0: off")
        ->group(kGroup);
    add_real(app, "--dry-base", dry.base, {1, 100},
             "DRY: the penalty grows by this factor with every repeated token")
        ->group(kGroup);
    add_integer(app, "--dry-allowed-length", dry.allowed_length, {1, 1 << 20},
                "DRY: shorter repetitions have no penalty")
        ->group(kGroup);
    add_integer(app, "--dry-penalty-last-n", dry.last_n, {-1, kMaxTokens},
                "DRY: how many of the last tokens count; -1: all")
        ->group(kGroup);
    app.add_option_function<std::vector<std::string>>(
           "--dry-sequence-breaker",
           [&dry](const std::vector<std::string>& texts) {
               dry.breakers = texts;
               if (texts == std::vector<std::string>{"none"}) dry.breakers.clear();
           },
           "DRY: repetitions do not reach across this string (default: line end, colon, quotation "
           "mark, asterisk); may be given several times; none: no such strings")
        ->type_name("TEXT")
        ->allow_extra_args(false)
        ->group(kGroup);
}

bool given(const CLI::App& app, const char* option) {
    return app.get_option(option)->count() > 0;
}

}  // namespace

void add_sampling(CLI::App& app, SamplingOptions& options) {
    add_steps(app, options.sampler);
    add_mirostat(app, options.sampler);
    add_penalties(app, options.rules);
    app.add_option_function<std::string>(
           "--samplers",
           [&options](const std::string& text) {
               spec::SamplerOrder order = spec::read_sampler_order(names_in(text));
               if (order.fault) throw Error(ErrorCode::usage, "--samplers", *order.fault);
               options.sampler.order = std::move(order.steps);
           },
           "The samplers that are used, in this order, with ; or , between them (default: "
           "penalties, dry, top_n_sigma, top_k, typ_p, top_p, min_p, xtc, temperature)")
        ->type_name("NAMES")
        ->group(kGroup);
    app.add_option_function<std::vector<std::string>>(
           "-l,--logit-bias",
           [&options](const std::vector<std::string>& texts) {
               for (const std::string& text : texts) read_bias(text, options);
           },
           "Add X to a token's logit, named by its id (15043+1, 15043-1) or by its text "
           "(' Hello=-5'); may be given several times")
        ->type_name("TOKEN+X")
        ->allow_extra_args(false)
        ->group(kGroup);
    app.add_option("--banned-string", options.rules.banned_strings,
                   "Never complete this string; may be given several times")
        ->type_name("TEXT")
        ->allow_extra_args(false)
        ->group(kGroup);
    app.add_option("--stop", options.stops,
                   "End the text before this string; may be given several times")
        ->type_name("TEXT")
        ->allow_extra_args(false)
        ->group(kGroup);
    app.add_flag("--ignore-eos", options.ignore_eos, "Do not end the text where the model ends it")
        ->group(kGroup);
    add_constraint(app, options.constraint);
}

void check_sampling(const CLI::App& app, SamplingOptions& options) {
    using spec::SamplerStep;
    struct Need {
        const char* option;
        SamplerStep step;
    };
    constexpr Need kNeeds[] = {{"--repeat-penalty", SamplerStep::penalties},
                               {"--presence-penalty", SamplerStep::penalties},
                               {"--frequency-penalty", SamplerStep::penalties},
                               {"--dry-multiplier", SamplerStep::dry},
                               {"--top-n-sigma", SamplerStep::top_n_sigma},
                               {"--top-k", SamplerStep::top_k},
                               {"--typical", SamplerStep::typ_p},
                               {"--top-p", SamplerStep::top_p},
                               {"--min-p", SamplerStep::min_p},
                               {"--xtc-probability", SamplerStep::xtc},
                               {"--temp", SamplerStep::temperature},
                               {"--dynatemp-range", SamplerStep::temperature}};
    const generate::SamplerParams& sampler = options.sampler;
    for (const auto& [option, step] : kNeeds) {
        if (!given(app, option)) continue;
        const std::string fault =
            spec::without_effect(step, sampler.order, sampler.mirostat.has_value(), "--");
        if (!fault.empty()) throw Error(ErrorCode::usage, option, fault);
    }
    if (sampler.mirostat && !sampler.order.empty()) {
        throw Error(ErrorCode::usage, "--samplers", "has no effect beside --mirostat 2");
    }
    compile_constraint(options);
}

std::uint32_t only_token(const tokenizer::Tokenizer& tokenizer, const std::string& text) {
    const std::vector<std::uint32_t> ids = tokenizer::encode(tokenizer, text);
    if (ids.size() == 1) return ids.front();
    throw Error(ErrorCode::usage, "",
                "expected a text that is one token, found " + base::quoted(text) + " of " +
                    std::to_string(ids.size()) + " tokens");
}

void resolve_biases(SamplingOptions& options, const tokenizer::Tokenizer& tokenizer) {
    for (const auto& [text, bias] : options.text_bias) {
        options.rules.bias.emplace_back(only_token(tokenizer, text), bias);
    }
    options.text_bias.clear();
}

}  // namespace quire::common
