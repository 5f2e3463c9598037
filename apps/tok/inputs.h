// The texts that tok is given: files, patterns, folders and standard input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/files/mapped_file.h"

namespace quire::tok {

// "-" stands for standard input, as do no arguments at all. A pattern that a shell left alone is
// expanded; a folder is searched when `recursive`, in the order of names, without hidden files.
// Error{input} for a pattern that matches nothing and a folder that was not asked for.
std::vector<std::string> expand(const std::vector<std::string>& inputs, bool recursive);

inline bool is_stdin(const std::string& input) {
    return input == "-";
}

// The next bytes of standard input or another descriptor, at most `size` and as many as there are
// before the end: fewer only at the end. Error{input} naming `name`.
std::string read_part(int fd, std::size_t size, const std::string& name);

inline constexpr std::size_t kPartBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxWhole = std::size_t{4} << 30;

// All there is to read; n_expected: as much as it probably is. Error{input} past kMaxWhole.
std::string read_all(int fd, const std::string& name, std::size_t n_expected);

// A text as a whole: a mapped file or what came through a pipe. Error{input} when it cannot be
// read.
class WholeText {
  public:
    explicit WholeText(const std::string& input);
    std::string_view text() const noexcept;
    // To be called after the text was used: Error{input} when the file became shorter meanwhile, as a
    // log does when it is rotated.
    void check_whole() const;

  private:
    base::MappedFile file_;
    std::string held_;
};

}  // namespace quire::tok
