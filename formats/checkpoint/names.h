// Names that come from a checkpoint: finding them, and finding those used twice. Nothing here is
// hashed, so no choice of names makes a look-up slow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace quire::formats {

// The positions of names in a list, by binary search. The names' bytes belong to the caller and
// must stay where they are for as long as the index is used.
class NameIndex {
  public:
    NameIndex() = default;
    explicit NameIndex(std::vector<std::string_view> names);

    std::optional<std::size_t> find(std::string_view name) const noexcept;
    // A name that the list holds more than once, if there is one.
    std::optional<std::string_view> duplicate() const noexcept;

  private:
    std::vector<std::string_view> names_;
    std::vector<std::size_t> order_;  // positions in names_, by name
};

}  // namespace quire::formats
