#include "lib/chat/jinja/values/origin_text.h"

#include <algorithm>

#include "lib/chat/jinja/values/limits.h"

namespace quire::jinja {

void Text::append(std::string_view bytes, Origin origin) {
    grow(bytes.size());
    const std::size_t begin = bytes_.size();
    bytes_.append(bytes);
    if (origin == Origin::from_template) add_range(begin, bytes_.size());
}

void Text::append(const Text& other, std::size_t begin, std::size_t end) {
    grow(end - begin);
    const std::size_t base = bytes_.size();
    bytes_.append(other.bytes_, begin, end - begin);
    for (auto it = other.range_after(begin); it != other.ranges_.end() && it->begin < end; ++it) {
        add_range(base + std::max(it->begin, begin) - begin, base + std::min(it->end, end) - begin);
    }
}

Text Text::slice(std::size_t begin, std::size_t end) const {
    Text part;
    end = std::min(end, size());
    if (begin < end) part.append(*this, begin, end);
    return part;
}

Origin Text::origin_at(std::size_t byte) const {
    const auto it = range_after(byte);
    return it != ranges_.end() && it->begin <= byte ? Origin::from_template : Origin::from_data;
}

void Text::add_range(std::size_t begin, std::size_t end) {
    if (begin == end) return;
    if (!ranges_.empty() && ranges_.back().end == begin) {
        ranges_.back().end = end;
    } else {
        ranges_.push_back({begin, end});
    }
}

void Text::grow(std::size_t by) {
    if (by > kMaxTextBytes - bytes_.size()) {
        throw Failure(ErrorCode::model,
                      "a text of more than " + std::to_string(kMaxTextBytes) + " bytes");
    }
}

std::vector<Range>::const_iterator Text::range_after(std::size_t byte) const {
    return std::upper_bound(ranges_.begin(), ranges_.end(), byte,
                            [](std::size_t at, const Range& range) { return at < range.end; });
}

}  // namespace quire::jinja
