// Models that are split into several GGUF files, as llama.cpp's gguf-split and the writers of gguf do it:
// NAME-00001-of-00003.gguf has the keys of the model, and every file has some of its tensors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quire::formats::gguf {

// More parts than any published model has.
inline constexpr std::uint64_t kMaxParts = 99999;

// The paths of a model's parts, by that of the first one.
class PartPaths {
  public:
    // count: 2 to kMaxParts. Error{model} when the path does not end as that of the first of `count` parts.
    PartPaths(const std::string& first, std::uint64_t count);

    // no: from 0.
    std::string path(std::uint64_t no) const;
    // Error{model} naming the first part that is missing and how many are.
    void check_all_there() const;

  private:
    std::string stem_;  // before the number
    std::uint64_t count_;
};

// The paths of the other parts, by the name of the first one alone; none for any other name.
std::vector<std::string> other_parts(const std::string& first);

}  // namespace quire::formats::gguf
