#include "apps/gen-batch/requests/table.h"

#include <algorithm>

#include "apps/common/command.h"
#include "apps/common/input.h"
#include "lib/base/error.h"
#include "lib/base/join.h"
#include "lib/base/quoted.h"

namespace quire::gen_batch {

namespace {

// Reads the rows of a table. A row may span several lines.
class RowReader {
  public:
    RowReader(const std::string& path, char separator) : lines_(path), separator_(separator) {}

    // False at the end. error() is not empty when the row is invalid.
    bool next(std::vector<std::string>& fields) {
        error_.clear();
        fields.clear();
        do {
            if (!lines_.next(line_)) return false;
            if (lines_.line_number() == 1 && line_.starts_with("\xEF\xBB\xBF")) line_.erase(0, 3);
        } while (line_.empty() && !lines_.too_long());
        first_line_ = lines_.line_number();
        if (lines_.too_long()) error_ = "expected a shorter line";
        read_fields(fields);
        return true;
    }
    const std::string& error() const { return error_; }
    std::uint64_t first_line() const { return first_line_; }
    LineReader& lines() { return lines_; }

  private:
    void read_fields(std::vector<std::string>& fields) {
        std::size_t at = 0;
        for (;;) {
            std::string field;
            if (separator_ == ',' && at < line_.size() && line_[at] == '"') {
                read_quoted(field, at);
            } else {
                const std::size_t end = std::min(line_.find(separator_, at), line_.size());
                field = line_.substr(at, end - at);
                at = end;
            }
            fields.push_back(std::move(field));
            if (at >= line_.size()) return;
            ++at;  // the separator
        }
    }

    // Reads from the opening quote at `at` to the separator after the closing quote.
    void read_quoted(std::string& field, std::size_t& at) {
        ++at;
        for (;;) {
            const std::size_t quote = line_.find('"', at);
            if (quote == std::string::npos) {
                field.append(line_, at).append(lines_.ended_with_return() ? "\r\n" : "\n");
                const bool is_short = field.size() <= kMaxLineBytes;
                if (!is_short || !lines_.next(line_) || lines_.too_long()) {
                    error_ = is_short && !lines_.too_long() ? "expected a closing quote, found none"
                                                            : "expected a shorter field";
                    at = line_.size();
                    return;
                }
                at = 0;
                continue;
            }
            field.append(line_, at, quote - at);
            at = quote + 1;
            if (at < line_.size() && line_[at] == '"') {
                field.push_back('"');
                ++at;
                continue;
            }
            if (at < line_.size() && line_[at] != separator_) {
                error_ = "expected a separator after the closing quote";
                at = line_.size();
            }
            return;
        }
    }

    LineReader lines_;
    char separator_;
    std::string line_;
    std::string error_;
    std::uint64_t first_line_ = 0;
};

class TableInput : public Input {
  public:
    TableInput(const Options& options, char separator)
        : rows_(options.input, separator), raw_(options.raw) {
        rows_.next(columns_);
        check_columns(options.input);
        template_.emplace(options.prompt_template, columns_);
        for (const char* name : {"custom_id", "id"}) {
            const auto found = std::ranges::find(columns_, name);
            if (found != columns_.end() && !id_column_) {
                id_column_ = static_cast<std::size_t>(found - columns_.begin());
            }
        }
    }

    bool next(Record& record) override {
        std::vector<std::string> fields;
        if (!rows_.next(fields) || common::interrupted()) return false;
        record = Record{};
        record.line = rows_.first_line();
        record.is_prompt = true;
        record.raw = raw_;
        record.custom_id = "request-" + std::to_string(record.line);
        std::string error = rows_.error();
        if (error.empty() && fields.size() != columns_.size()) {
            error = "expected " + std::to_string(columns_.size()) + " fields, found " +
                    std::to_string(fields.size());
        }
        if (!error.empty()) {
            record.text = base::join(fields, ", ").substr(0, 1024);
            record.refusal = formats::openai::Refusal{0, "invalid_row", "", error};
            return true;
        }
        if (id_column_ && !fields[*id_column_].empty()) record.custom_id = fields[*id_column_];
        record.text = template_->fill(fields);
        return true;
    }
    LineReader& lines() override { return rows_.lines(); }

  private:
    void check_columns(const std::string& path) const {
        std::vector<std::string> sorted = columns_;
        std::ranges::sort(sorted);
        const auto twice = std::ranges::adjacent_find(sorted);
        if (twice == sorted.end()) return;
        throw Error(
            ErrorCode::input, common::name_of_input(path),
            "expected columns with different names, found " + base::quoted(*twice) + " twice");
    }

    RowReader rows_;
    bool raw_;
    std::vector<std::string> columns_;
    std::optional<PromptTemplate> template_;
    std::optional<std::size_t> id_column_;
};

}  // namespace

PromptTemplate::PromptTemplate(const std::string& source, const std::vector<std::string>& columns) {
    std::string text;
    for (std::size_t i = 0; i < source.size(); ++i) {
        const char c = source[i];
        if ((c == '{' || c == '}') && i + 1 < source.size() && source[i + 1] == c) {
            text.push_back(c);
            ++i;
            continue;
        }
        if (c == '}') throw Error(ErrorCode::usage, "--template", "expected { before }");
        if (c != '{') {
            text.push_back(c);
            continue;
        }
        const std::size_t end = source.find('}', i);
        if (end == std::string::npos) {
            throw Error(ErrorCode::usage, "--template", "expected } after {");
        }
        const std::string name = source.substr(i + 1, end - i - 1);
        const auto found = std::ranges::find(columns, name);
        if (found == columns.end()) {
            throw Error(ErrorCode::usage, "--template",
                        "expected one of the columns " +
                            base::printable(base::join(columns, ", "), 400) + ", found {" +
                            base::printable(name) + "}");
        }
        segments_.push_back({text, static_cast<std::size_t>(found - columns.begin())});
        text.clear();
        i = end;
    }
    if (!text.empty()) segments_.push_back({text, std::nullopt});
}

std::string PromptTemplate::fill(const std::vector<std::string>& fields) const {
    std::string out;
    for (const Segment& segment : segments_) {
        out += segment.text;
        if (segment.column) out += fields[*segment.column];
    }
    return out;
}

std::unique_ptr<Input> open_table(const Options& options, char separator) {
    if (options.prompt_template.empty()) {
        throw Error(ErrorCode::usage, "--template",
                    "expected a prompt for each row of the table, such as '{text}', found none");
    }
    return std::make_unique<TableInput>(options, separator);
}

}  // namespace quire::gen_batch
