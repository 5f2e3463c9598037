#include "lib/unicode/properties.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace quire::unicode {

namespace {

struct PropertyName {
    std::string_view name;
    std::uint32_t first;  // index into kPropertyRanges
    std::uint32_t count;
};

#include "lib/unicode/properties.inc"

// source: PropertyValueAliases.txt of the Unicode character database, gc
constexpr auto kLongCategories = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"letter", "L"},
    {"uppercaseletter", "Lu"},
    {"lowercaseletter", "Ll"},
    {"titlecaseletter", "Lt"},
    {"modifierletter", "Lm"},
    {"otherletter", "Lo"},
    {"mark", "M"},
    {"nonspacingmark", "Mn"},
    {"spacingmark", "Mc"},
    {"enclosingmark", "Me"},
    {"number", "N"},
    {"decimalnumber", "Nd"},
    {"letternumber", "Nl"},
    {"othernumber", "No"},
    {"punctuation", "P"},
    {"connectorpunctuation", "Pc"},
    {"dashpunctuation", "Pd"},
    {"openpunctuation", "Ps"},
    {"closepunctuation", "Pe"},
    {"initialpunctuation", "Pi"},
    {"finalpunctuation", "Pf"},
    {"otherpunctuation", "Po"},
    {"symbol", "S"},
    {"mathsymbol", "Sm"},
    {"currencysymbol", "Sc"},
    {"modifiersymbol", "Sk"},
    {"othersymbol", "So"},
    {"separator", "Z"},
    {"spaceseparator", "Zs"},
    {"lineseparator", "Zl"},
    {"paragraphseparator", "Zp"},
    {"other", "C"},
    {"control", "Cc"},
    {"format", "Cf"},
    {"privateuse", "Co"},
    {"unassigned", "Cn"},
});

std::string plain(std::string_view name) {
    std::string result;
    for (char c : name) {
        if (c == ' ' || c == '-' || c == '_') continue;
        result.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return result;
}

// `name` must come from plain().
std::optional<CodePointSet> category_named(std::string_view name) {
    if (name == "any") return CodePointSet().complement();
    if (name == "lc" || name == "casedletter") {
        CodePointSet result;
        for (const char* part : {"Lu", "Ll", "Lt"}) result.add(*category_set(part));
        return result;
    }
    const auto found = std::find_if(kLongCategories.begin(), kLongCategories.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (found != kLongCategories.end()) return category_set(found->second);
    if (name.empty() || name.size() > 2) return std::nullopt;
    std::string code(name);
    if (code[0] >= 'a' && code[0] <= 'z') code[0] = static_cast<char>(code[0] - 'a' + 'A');
    return category_set(code);
}

// The set of a script or binary property; `name` must come from plain().
std::optional<CodePointSet> listed(std::string_view name) {
    const auto found = std::lower_bound(
        kPropertyNames.begin(), kPropertyNames.end(), name,
        [](const PropertyName& entry, std::string_view wanted) { return entry.name < wanted; });
    if (found == kPropertyNames.end() || found->name != name) return std::nullopt;
    CodePointSet set;
    for (std::uint32_t i = 0; i < found->count; ++i) set.add(kPropertyRanges[found->first + i]);
    return set;
}

}  // namespace

std::optional<CodePointSet> property_set(std::string_view name) {
    const std::size_t equals = name.find('=');
    if (equals != std::string_view::npos) {
        const std::string kind = plain(name.substr(0, equals));
        const std::string value = plain(name.substr(equals + 1));
        if (kind == "script" || kind == "sc") return listed(value);
        if (kind == "generalcategory" || kind == "gc") return category_named(value);
        return std::nullopt;
    }
    const std::string wanted = plain(name);
    if (std::optional<CodePointSet> set = category_named(wanted)) return set;
    return listed(wanted);
}

}  // namespace quire::unicode
