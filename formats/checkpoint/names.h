// Looks up names from a checkpoint, and finds duplicates. Nothing is hashed, so no choice of names
// can make a look-up slow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace quire::formats {

// The positions of names in a list, by binary search. The caller owns the bytes of the names, which
// must not move while the index is used.
class NameIndex {
  public:
    NameIndex() = default;
    explicit NameIndex(std::vector<std::string_view> names);

    std::optional<std::size_t> find(std::string_view name) const noexcept;
    // A name that occurs more than once in the list, if there is one.
    std::optional<std::string_view> duplicate() const noexcept;

  private:
    std::vector<std::string_view> names_;
    std::vector<std::size_t> order_;  // positions in names_, by name
};

}  // namespace quire::formats
