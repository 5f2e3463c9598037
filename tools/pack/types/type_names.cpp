#include "tools/pack/types/type_names.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "lib/base/error.h"
#include "lib/base/join.h"

namespace quire::pack {

namespace {

// The equivalent of another program's type name.
struct Alias {
    std::string_view name;    // in lower case
    std::string_view target;  // for all matrices
    bool is_same;             // exactly this type; otherwise only about this size
    std::string_view dtype;   // for one tensor; empty: no type has these codes
};

constexpr std::array kAliases{
    Alias{"fp32", "f32", true, "f32"},        Alias{"float32", "f32", true, "f32"},
    Alias{"fp16", "f16", true, "f16"},        Alias{"float16", "f16", true, "f16"},
    Alias{"half", "f16", true, "f16"},        Alias{"bfloat16", "bf16", true, "bf16"},
    Alias{"q8_0", "q8", true, "q8"},          Alias{"int8", "q8", true, "q8"},
    Alias{"q8_1", "q8", false, "q8m"},        Alias{"q8_k", "q8", false, ""},
    Alias{"q4_0", "q4", false, "q4"},         Alias{"q4_1", "q4-mixed", false, "q4m"},
    Alias{"q5_0", "q5", false, "q5"},         Alias{"q5_1", "q5-mixed", false, "q5m"},
    Alias{"q6_k", "q6", false, "q6_k"},       Alias{"q5_k", "q5-mixed", false, "q5_k"},
    Alias{"q5_k_m", "q5-mixed", false, ""},   Alias{"q5_k_s", "q5", false, ""},
    Alias{"q4_k", "q4-mixed", false, "q4_k"}, Alias{"q4_k_s", "q4", false, ""},
    Alias{"q3_k", "q3-mixed", false, "q3_k"}, Alias{"q3_k_l", "q3-mixed", false, ""},
    Alias{"q3_k_m", "q3-mixed", false, ""},   Alias{"q3_k_s", "q3", false, ""},
    Alias{"q2_k", "q3", false, "q2_k"},       Alias{"q2_k_s", "q3", false, ""},
    Alias{"iq4_nl", "q4", false, "iq4_nl"},   Alias{"iq4_xs", "q4", false, "iq4_xs"},
    Alias{"iq3_m", "q3-mixed", false, ""},    Alias{"iq3_s", "q3", false, "iq3_s"},
    Alias{"iq3_xs", "q3", false, ""},         Alias{"iq3_xxs", "q3", false, "iq3_xxs"},
    Alias{"iq2_m", "q3", false, ""},          Alias{"iq2_s", "q3", false, "iq2_xs"},
    Alias{"iq2_xs", "q3", false, "iq2_xs"},   Alias{"iq2_xxs", "q3", false, "iq2_xxs"},
    Alias{"iq1_m", "q3", false, "iq1_m"},     Alias{"iq1_s", "q3", false, "iq1_s"},
    Alias{"mxfp4", "q4", false, "mxfp4"},     Alias{"mxfp4_moe", "q4", false, ""},
    Alias{"nvfp4", "q4", false, "nvfp4"},     Alias{"int4", "q4", false, "q4"},
    Alias{"tq1_0", "q3", false, "tq2_0"},     Alias{"auto", "keep", true, ""},
    Alias{"copy", "keep", true, ""},
};

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

const Alias* find_alias(const std::string& name) {
    const auto found = std::ranges::find(kAliases, lower(name), &Alias::name);
    return found == kAliases.end() ? nullptr : &*found;
}

template <typename Entries>
std::string names_of(const Entries& entries) {
    return base::join(entries, " ", [](const auto& entry) { return entry.name; });
}

const TargetInfo* target_named(std::string_view name) {
    const auto found = std::ranges::find(targets(), name, &TargetInfo::name);
    return found == targets().end() ? nullptr : &*found;
}

}  // namespace

const TargetInfo& find_target(const std::string& name) {
    if (const TargetInfo* target = target_named(lower(name))) return *target;
    const Alias* alias = find_alias(name);
    if (alias != nullptr && alias->is_same) return *target_named(alias->target);
    std::string hint;
    if (alias != nullptr) hint = "; about as large is " + std::string(alias->target);
    if (tensor::dtype_from_name(lower(name))) hint = "; it is a type of --tensor-type";
    throw Error(ErrorCode::usage, "--type",
                "expected one of " + names_of(targets()) + ", found " + name + hint);
}

TypeOverride parse_override(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
        throw Error(ErrorCode::usage, "--tensor-type",
                    "expected NAME=TYPE, such as down=q6, found " + text);
    }
    const std::string type = text.substr(equals + 1);
    const Alias* alias = find_alias(type);
    const std::string name = alias == nullptr ? lower(type) : std::string(alias->dtype);
    if (const auto dtype = tensor::dtype_from_name(name)) return {text.substr(0, equals), *dtype};
    throw Error(ErrorCode::usage, "--tensor-type",
                "expected NAME=TYPE with one of " + names_of(tensor::dtypes()) + ", found " + text);
}

}  // namespace quire::pack
