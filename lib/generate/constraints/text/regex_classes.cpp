#include "lib/generate/constraints/text/regex_classes.h"

#include <string>

#include "lib/base/quoted.h"
#include "lib/generate/constraints/text/regex.h"
#include "lib/unicode/properties.h"

namespace quire::constraints {

using unicode::CodePointSet;

CodePointSet shorthand_set(char32_t lower) {
    CodePointSet set;
    if (lower == 'd' || lower == 'w') set.add({'0', '9' + 1});
    if (lower == 'w') {
        set.add({'A', 'Z' + 1});
        set.add({'a', 'z' + 1});
        set.add({'_', '_' + 1});
    }
    if (lower == 's') {
        // source: ECMA-262, WhiteSpace and LineTerminator.
        set.add({0x09, 0x0E});
        set.add({0x20, 0x21});
        set.add({0xA0, 0xA1});
        set.add({0x1680, 0x1681});
        set.add({0x2000, 0x200B});
        set.add({0x2028, 0x202A});
        set.add({0x202F, 0x2030});
        set.add({0x205F, 0x2060});
        set.add({0x3000, 0x3001});
        set.add({0xFEFF, 0xFF00});
    }
    return set;
}

CodePointSet dot_set() {
    CodePointSet ends('\n');
    ends.add({'\r', '\r' + 1});
    ends.add({0x2028, 0x202A});
    return ends.complement();
}

CodePointSet named_set(std::string_view name) {
    std::string_view value = name;
    for (const std::string_view key : {"General_Category=", "gc="}) {
        if (value.starts_with(key)) value.remove_prefix(key.size());
    }
    if (value == "Any") return CodePointSet().complement();
    const auto set = unicode::property_set(value);
    if (!set) {
        throw Unusable("expected a known property, found \\p{" + base::printable(name) + "}");
    }
    return *set;
}

}  // namespace quire::constraints
