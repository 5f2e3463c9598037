#include "formats/openai/sampling.h"

#include <charconv>

#include "formats/openai/constraint_fields.h"
#include "formats/openai/request_body.h"
#include "lib/base/quoted.h"

namespace quire::formats::openai {

namespace {

using spec::SamplerStep;

constexpr std::size_t kMaxStrings = 16;  // of stop, where the API allows 4, and of other lists

std::optional<std::vector<std::string>> strings_of(BodyFields& fields, const std::string& name,
                                                   bool one_is_enough) {
    const Json* value = fields.find(name);
    if (value == nullptr) return std::nullopt;
    if (one_is_enough && value->is_string()) return std::vector{value->get<std::string>()};
    if (!value->is_array()) {
        refuse_type(name, one_is_enough ? "a string or a list of strings" : "a list of strings",
                    *value);
    }
    if (value->size() > kMaxStrings) {
        refuse("invalid_value", name,
               "expected at most " + std::to_string(kMaxStrings) + " strings, found " +
                   std::to_string(value->size()));
    }
    std::vector<std::string> strings;
    for (std::size_t i = 0; i < value->size(); ++i) {
        const Json& each = (*value)[i];
        if (!each.is_string()) refuse_type(name + "[" + std::to_string(i) + "]", "a string", each);
        strings.push_back(each.get<std::string>());
    }
    return strings;
}

// A key of digits is an id; any other is the text of a token.
void read_bias(BodyFields& fields, Sampling& sampling) {
    const Json* bias = fields.find("logit_bias");
    if (bias == nullptr) return;
    if (!bias->is_object()) refuse_type("logit_bias", "an object", *bias);
    for (const auto& [name, value] : bias->items()) {
        if (!value.is_number() || value.get<double>() < -100 || value.get<double>() > 100) {
            refuse("invalid_value", "logit_bias." + name,
                   "expected a number from -100 to 100, found " + text_of(value));
        }
        const bool is_id =
            !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
        if (!is_id) {
            sampling.logit_bias_of_text.emplace_back(name, value.get<float>());
            continue;
        }
        std::uint32_t id = 0;
        const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), id);
        if (error != std::errc()) {
            refuse("invalid_value", "logit_bias", "expected a token id, found " + name);
        }
        sampling.logit_bias.emplace_back(id, value.get<float>());
    }
}

std::optional<std::uint64_t> seed_of(BodyFields& fields) {
    const Json* seed = fields.find("seed");
    if (seed == nullptr) return std::nullopt;
    if (!seed->is_number_integer()) refuse_type("seed", "an integer of 64 bits", *seed);
    return seed->is_number_unsigned() ? seed->get<std::uint64_t>()
                                      : static_cast<std::uint64_t>(seed->get<std::int64_t>());
}

std::optional<float> real_of(BodyFields& fields, const char* name, double low, double high) {
    const auto value = fields.find_number(name, low, high);
    if (!value) return std::nullopt;
    return static_cast<float>(*value);
}

std::optional<std::uint32_t> count_of(BodyFields& fields, const char* name, std::uint64_t low,
                                      std::uint64_t high) {
    const auto value = fields.find_integer(name, low, high);
    if (!value) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

// A number of tokens, or -1 for all.
std::optional<std::int64_t> range_of(BodyFields& fields, const char* name) {
    if (const Json* value = fields.find(name); value != nullptr && *value == -1) return -1;
    const auto value = fields.find_integer(name, 0, kMaxTokens);
    if (!value) return std::nullopt;
    return static_cast<std::int64_t>(*value);
}

void read_steps(BodyFields& fields, Sampling& sampling) {
    sampling.temperature = real_of(fields, "temperature", 0, 2);
    sampling.top_p = real_of(fields, "top_p", 0, 1);
    sampling.min_p = real_of(fields, "min_p", 0, 1);
    if (const Json* top_k = fields.find("top_k"); top_k != nullptr && *top_k == -1) {
        sampling.top_k = 0;  // vLLM's value for "all"
    } else {
        sampling.top_k = count_of(fields, "top_k", 0, UINT32_MAX);
    }
    sampling.typical_p = real_of(fields, "typical_p", 0.001, 1);
    sampling.top_n_sigma = real_of(fields, "top_n_sigma", 0, 100);
    sampling.xtc_probability = real_of(fields, "xtc_probability", 0, 1);
    sampling.xtc_threshold = real_of(fields, "xtc_threshold", 0, 1);
    sampling.dynatemp_range = real_of(fields, "dynatemp_range", 0, 100);
    sampling.dynatemp_exponent = real_of(fields, "dynatemp_exponent", 0.01, 100);
    if (const auto mirostat = fields.find_integer("mirostat", 0, 2)) {
        if (*mirostat == 1) refuse_unsupported("mirostat", "expected 0 or 2, found 1");
        sampling.mirostat = *mirostat == 2;
    }
    sampling.mirostat_tau = real_of(fields, "mirostat_tau", 0.01, 100);
    sampling.mirostat_eta = real_of(fields, "mirostat_eta", 0.0001, 1);
}

void read_penalties(BodyFields& fields, Sampling& sampling) {
    sampling.frequency_penalty = real_of(fields, "frequency_penalty", -2, 2);
    sampling.presence_penalty = real_of(fields, "presence_penalty", -2, 2);
    sampling.repeat_penalty = real_of(fields, "repeat_penalty", 0.01, 100);
    sampling.repeat_last_n = range_of(fields, "repeat_last_n");
    sampling.dry_multiplier = real_of(fields, "dry_multiplier", 0, 100);
    sampling.dry_base = real_of(fields, "dry_base", 1, 100);
    sampling.dry_allowed_length = count_of(fields, "dry_allowed_length", 1, 1U << 20);
    sampling.dry_penalty_last_n = range_of(fields, "dry_penalty_last_n");
    sampling.dry_sequence_breakers = strings_of(fields, "dry_sequence_breakers", false);
    sampling.banned_strings =
        strings_of(fields, "banned_strings", false).value_or(std::vector<std::string>{});
}

void read_order(BodyFields& fields, Sampling& sampling) {
    const auto names = strings_of(fields, "samplers", false);
    if (!names) return;
    spec::SamplerOrder order = spec::read_sampler_order(*names);
    if (order.fault) refuse("invalid_value", "samplers", *order.fault);
    sampling.samplers = std::move(order.steps);
}

void refuse_without_effect(const Sampling& sampling) {
    struct Need {
        const char* field;
        bool given;
        SamplerStep step;
    };
    const Need needs[] = {
        {"repeat_penalty", sampling.repeat_penalty.has_value(), SamplerStep::penalties},
        {"frequency_penalty", sampling.frequency_penalty.value_or(0) != 0, SamplerStep::penalties},
        {"presence_penalty", sampling.presence_penalty.value_or(0) != 0, SamplerStep::penalties},
        {"dry_multiplier", sampling.dry_multiplier.has_value(), SamplerStep::dry},
        {"top_n_sigma", sampling.top_n_sigma.has_value(), SamplerStep::top_n_sigma},
        {"top_k", sampling.top_k.has_value(), SamplerStep::top_k},
        {"typical_p", sampling.typical_p.has_value(), SamplerStep::typ_p},
        {"top_p", sampling.top_p.has_value(), SamplerStep::top_p},
        {"min_p", sampling.min_p.has_value(), SamplerStep::min_p},
        {"xtc_probability", sampling.xtc_probability.has_value(), SamplerStep::xtc},
        {"temperature", sampling.temperature.has_value(), SamplerStep::temperature},
        {"dynatemp_range", sampling.dynatemp_range.has_value(), SamplerStep::temperature}};
    const std::vector<SamplerStep>& order = sampling.samplers;
    const bool mirostat = sampling.mirostat.value_or(false);
    for (const auto& [field, given, step] : needs) {
        if (!given) continue;
        const std::string fault = spec::without_effect(step, order, mirostat, "");
        if (!fault.empty()) refuse("invalid_value", field, fault);
    }
    if (mirostat && !order.empty()) {
        refuse("invalid_value", "samplers", "has no effect beside mirostat 2");
    }
    if (!mirostat && (sampling.mirostat_tau || sampling.mirostat_eta)) {
        refuse("invalid_value", sampling.mirostat_tau ? "mirostat_tau" : "mirostat_eta",
               "has no effect without mirostat 2");
    }
}

}  // namespace

Sampling sampling_of(BodyFields& fields) {
    Sampling sampling;
    read_steps(fields, sampling);
    read_penalties(fields, sampling);
    read_order(fields, sampling);
    refuse_without_effect(sampling);
    sampling.seed = seed_of(fields);
    read_bias(fields, sampling);
    sampling.stop = strings_of(fields, "stop", true).value_or(std::vector<std::string>{});
    sampling.n = count_of(fields, "n", 1, kMaxChoices).value_or(1);
    sampling.ignore_eos = fields.find_as<bool>("ignore_eos").value_or(false);
    read_constraint(fields, sampling);
    if (fields.find_as<bool>("stream").value_or(false)) {
        refuse("invalid_value", "stream", "expected false in a batch, found true");
    }
    fields.ignore({"model", "user", "metadata", "store", "service_tier", "stream_options",
                   "safety_identifier", "prompt_cache_key", "prompt_cache_retention"});
    if (const Json* model = fields.find("model"); model != nullptr && !model->is_string()) {
        refuse_type("model", "a string", *model);
    }
    return sampling;
}

}  // namespace quire::formats::openai
