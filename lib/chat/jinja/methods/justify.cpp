#include "lib/chat/jinja/methods/justify.h"

namespace quire::jinja {

Text justified(Context& context, const String& string, const Justification& to) {
    const auto length = static_cast<std::int64_t>(string.n_chars);
    if (to.width <= length) return string.text;
    if (to.width > static_cast<std::int64_t>(kMaxTextBytes)) {
        throw Failure(ErrorCode::model, "a string wider than the longest text");
    }
    const std::int64_t missing = to.width - length;
    // source: CPython Objects/unicodeobject.c, unicode_center_impl: which side gets the odd one.
    std::int64_t left = missing / 2 + (missing & to.width & 1);
    if (to.how == "ljust") left = 0;
    if (to.how == "rjust") left = missing;
    context.budget.bytes(static_cast<std::size_t>(missing) * to.fill.weight());
    Text out;
    for (std::int64_t i = 0; i < left; ++i) out.append(to.fill);
    out.append(string.text);
    for (std::int64_t i = left; i < missing; ++i) out.append(to.fill);
    return out;
}

}  // namespace quire::jinja
