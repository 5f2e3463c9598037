// A table for people: columns of equal width, as wide characters and marks are seen on a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::common {

class Table {
  public:
    enum class Kind : std::uint8_t {
        text,    // to the left
        number,  // to the right
        path,    // to the left; its end is kept when it is cut
    };
    struct Column {
        std::string title;
        Kind kind = Kind::text;
    };

    // Titles are shown when any of them is not empty. indent: spaces before every line.
    explicit Table(std::vector<Column> columns, std::size_t indent = 0);

    // One cell for each column. Characters that would move the cursor become \xNN.
    void add(const std::vector<std::string>& cells);

    // The lines. When they are wider than `width` columns, the widest column of texts is cut, but not
    // below kLeastText; 0: they may have any width. Numbers are never cut.
    std::string lines(std::size_t width) const;

    static constexpr std::size_t kLeastText = 12;

  private:
    using Row = std::vector<std::string>;

    std::vector<std::size_t> widths_within(std::size_t width) const;

    std::vector<Column> columns_;
    std::size_t indent_;
    std::vector<Row> rows_;
};

// The columns of standard output for tables: those of a terminal, otherwise 0, because what goes into
// a file or another command is never cut.
std::size_t table_width() noexcept;

// The lines of a report: those wider than `width` are broken between words and go on two spaces further
// to the right than they began. 0: none is broken.
std::string lines_within(std::string_view text, std::size_t width);

}  // namespace quire::common
