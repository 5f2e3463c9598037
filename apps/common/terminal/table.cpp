#include "apps/common/terminal/table.h"

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "apps/common/terminal/terminal.h"
#include "lib/base/assert.h"
#include "lib/base/quoted.h"
#include "lib/unicode/widths.h"

namespace quire::common {

namespace {

constexpr std::size_t kBetween = 2;

// As wide as the column, but for spaces at the end of a line.
std::string aligned(const std::string& cell, Table::Kind kind, std::size_t width, bool is_last) {
    std::string shown = kind == Table::Kind::number ? cell
                        : kind == Table::Kind::path ? unicode::end_within_width(cell, width)
                                                    : unicode::cut_to_width(cell, width);
    const std::size_t taken = unicode::display_width(shown);
    const std::string space(width - std::min(width, taken), ' ');
    if (kind == Table::Kind::number) return space + shown;
    return is_last ? shown : shown + space;
}

}  // namespace

Table::Table(std::vector<Column> columns, std::size_t indent)
    : columns_(std::move(columns)), indent_(indent) {
    Row titles;
    bool any = false;
    for (const Column& column : columns_) {
        any = any || !column.title.empty();
        titles.push_back(column.title);
    }
    if (any) add(titles);
}

void Table::add(const std::vector<std::string>& cells) {
    QUIRE_ASSERT(cells.size() == columns_.size());
    Row& row = rows_.emplace_back();
    for (const std::string& cell : cells) {
        row.push_back(base::printable(cell, std::numeric_limits<std::size_t>::max()));
    }
}

std::vector<std::size_t> Table::widths_within(std::size_t width) const {
    std::vector<std::size_t> widths(columns_.size());
    for (const Row& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], unicode::display_width(row[i]));
        }
    }
    if (width == 0 || columns_.empty()) return widths;
    std::size_t total = indent_ + kBetween * (columns_.size() - 1);
    for (const std::size_t one : widths) total += one;
    while (total > width) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].kind == Kind::number || widths[i] <= kLeastText) continue;
            if (widest == columns_.size() || widths[i] > widths[widest]) widest = i;
        }
        if (widest == columns_.size()) break;
        --widths[widest];
        --total;
    }
    return widths;
}

std::string Table::lines(std::size_t width) const {
    const std::vector<std::size_t> widths = widths_within(width);
    std::string out;
    for (const Row& row : rows_) {
        std::string line(indent_, ' ');
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) line.append(kBetween, ' ');
            line += aligned(row[i], columns_[i].kind, widths[i], i + 1 == row.size());
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string lines_within(std::string_view text, std::size_t width) {
    if (width == 0) return std::string(text);
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
        const std::string indent(first + kBetween, ' ');
        while (unicode::display_width(line) > width) {
            // The last space within the width, or the first one behind a word that is too long.
            std::size_t cut = line.find(' ', indent.size() + 1);
            if (cut == std::string::npos) break;
            for (std::size_t at = line.find(' ', cut + 1);
                 at != std::string::npos && unicode::display_width(line.substr(0, at)) <= width;
                 at = line.find(' ', at + 1)) {
                cut = at;
            }
            out += line.substr(0, cut) + "\n";
            line = indent + line.substr(line.find_first_not_of(' ', cut));
        }
        out += line + "\n";
    }
    return out;
}

std::size_t table_width() noexcept {
    return is_terminal(STDOUT_FILENO) ? columns_of(STDOUT_FILENO) : 0;
}

}  // namespace quire::common
