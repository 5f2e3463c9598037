// A UTF-8 string that records for each byte whether the template or the data wrote it. Only bytes
// of the template may later become control tokens, so all string operations are built on `append`,
// which carries the origin along. Comparisons ignore the origin.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quire::jinja {

// Bytes [begin, end) of a text; never empty.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;

    bool operator==(const Range&) const = default;
};

enum class Origin { from_template, from_data };

class Text {
  public:
    Text() = default;
    Text(std::string_view bytes, Origin origin) { append(bytes, origin); }

    std::string_view bytes() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return bytes_.size(); }
    bool empty() const noexcept { return bytes_.empty(); }

    // The bytes that the template wrote: sorted and merged, so no two ranges touch.
    const std::vector<Range>& template_ranges() const noexcept { return ranges_; }

    // These throw Failure above kMaxTextBytes, before anything is allocated.
    void append(std::string_view bytes, Origin origin);
    void append(const Text& other) { append(other, 0, other.size()); }
    // Appends bytes [begin, end) of `other`, which must not be this text.
    void append(const Text& other, std::size_t begin, std::size_t end);

    // Bytes [begin, end), where end is limited to the size.
    Text slice(std::size_t begin, std::size_t end = std::string_view::npos) const;

    Origin origin_at(std::size_t byte) const;

    // The cost of a copy in bytes, including the ranges.
    std::size_t weight() const noexcept { return size() + ranges_.size() * sizeof(Range); }

  private:
    void add_range(std::size_t begin, std::size_t end);
    void grow(std::size_t by);
    // The first range that ends after `byte`.
    std::vector<Range>::const_iterator range_after(std::size_t byte) const;

    std::string bytes_;
    std::vector<Range> ranges_;
};

}  // namespace quire::jinja
