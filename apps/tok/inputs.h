// The inputs of tok: files, patterns, folders and standard input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/files/mapped_file.h"

namespace quire::tok {

// "-" means standard input, and so does an empty list. A pattern that the shell did not expand is
// expanded; a folder is searched if `recursive`, in the order of names, without hidden files.
// Error{input} for a pattern that matches nothing and for a folder without `recursive`.
std::vector<std::string> expand(const std::vector<std::string>& inputs, bool recursive);

inline bool is_stdin(const std::string& input) {
    return input == "-";
}

// Reads up to `size` bytes of standard input or another descriptor: fewer only at the end.
// Error{input} naming `name`.
std::string read_part(int fd, std::size_t size, const std::string& name);

inline constexpr std::size_t kPartBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxWhole = std::size_t{4} << 30;

// Reads everything. n_expected: the probable size. Error{input} beyond kMaxWhole.
std::string read_all(int fd, const std::string& name, std::size_t n_expected);

// A complete text: a mapped file, or everything from a pipe. Error{input} when it cannot be read.
class WholeText {
  public:
    explicit WholeText(const std::string& input);
    std::string_view text() const noexcept;
    // To be called after the text was used: Error{input} when the file became shorter meanwhile, as
    // when a log is rotated.
    void check_whole() const;

  private:
    base::MappedFile file_;
    std::string held_;
};

}  // namespace quire::tok
