#include "formats/tokenizer/hf_json/steps.h"

#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

// Published files have at most a sequence inside a sequence.
constexpr std::size_t kMaxNesting = 16;

}  // namespace

void not_supported(const JsonNode& step, const char* what) {
    step.fail(std::string(what) + " " + base::quoted(step.at("type").text()) + " is not supported");
}

// The steps of `root[key]` in order, sequences inside sequences resolved.
std::vector<JsonNode> steps_of(const JsonNode& root, const char* key, const char* list_key) {
    struct Open {
        JsonNode step;
        std::size_t depth;
    };
    std::vector<JsonNode> steps;
    std::vector<Open> open;  // the next on top
    if (const std::optional<JsonNode> first = root.find(key)) open.push_back({*first, 0});
    while (!open.empty()) {
        const auto [step, depth] = open.back();
        open.pop_back();
        if (step.at("type").text() != "Sequence") {
            steps.push_back(step);
            continue;
        }
        if (depth == kMaxNesting) {
            root.fail(std::string(key) + ": expected sequences inside sequences at most " +
                      std::to_string(kMaxNesting) + " deep");
        }
        const JsonNode list = step.at(list_key);
        for (std::size_t i = list.size(); i-- > 0;) open.push_back({list.item(i), depth + 1});
    }
    return steps;
}

// {"String": ".."}: the string. {"Regex": ".."} is for the caller.
std::optional<std::string> literal_pattern(const JsonNode& pattern) {
    if (pattern.json().is_string()) return pattern.text();
    if (const std::optional<JsonNode> text = pattern.find("String")) return text->text();
    return std::nullopt;
}

std::string escaped(const std::string& literal) {
    std::string pattern;
    for (const char c : literal) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte >= 0x80 || byte <= ' ' || (c >= '0' && c <= '9') ||
                           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!plain) pattern.push_back('\\');
        pattern.push_back(c);
    }
    return pattern;
}

std::string prepend_scheme(const JsonNode& metaspace) {
    const std::optional<JsonNode> scheme = metaspace.find("prepend_scheme");
    if (!scheme) return metaspace.flag_or("add_prefix_space", true) ? "always" : "never";
    std::string name = scheme->text();
    if (name != "always" && name != "first" && name != "never") {
        scheme->fail(base::quoted(name) + " is not supported");
    }
    return name;
}

}  // namespace quire::formats
