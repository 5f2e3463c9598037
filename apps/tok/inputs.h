// The inputs of tok: files, patterns, folders, standard input, and texts in the command line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/files/mapped_file.h"

namespace quire::tok {

struct Input {
    std::string name;         // a path, "-" for standard input, or the text itself
    bool is_literal = false;  // a text from the command line

    bool is_stdin() const { return !is_literal && name == "-"; }
    bool is_file() const { return !is_literal && name != "-"; }
    // For messages and tables: a path as it is, a text between quotation marks.
    std::string shown() const;
};

// `literals` come first, then `paths`: "-" means standard input, and so does a list without either. A
// pattern that the shell did not expand is expanded; a folder is searched if `recursive`, in the order
// of names, without hidden files. Error{input} for a pattern that matches nothing, for a folder
// without `recursive`, and when no path exists and all look like words of a text.
std::vector<Input> expand(const std::vector<std::string>& literals,
                          const std::vector<std::string>& paths, bool recursive);

// Reads up to `size` bytes of standard input or another descriptor: fewer only at the end.
// Error{input} naming `name`.
std::string read_part(int fd, std::size_t size, const std::string& name);

inline constexpr std::size_t kPartBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxWhole = std::size_t{4} << 30;

// Reads everything. n_expected: the probable size. Error{input} beyond kMaxWhole.
std::string read_all(int fd, const std::string& name, std::size_t n_expected);

// A complete text: a mapped file, everything from a pipe, or a literal, which must outlive it.
// Error{input} when it cannot be read.
class WholeText {
  public:
    explicit WholeText(const Input& input);
    // A path, or "-".
    explicit WholeText(const std::string& path) : WholeText(Input{path}) {}
    std::string_view text() const noexcept;
    // To be called after the text was used: Error{input} when the file became shorter meanwhile, as
    // when a log is rotated.
    void check_whole() const;

  private:
    base::MappedFile file_;
    std::string held_;
    std::string_view literal_;
};

}  // namespace quire::tok
