// Tables: CSV as in RFC 4180 (quoted fields may contain separators, newlines and doubled quotes),
// and TSV with plain fields. The first row has the names of the columns.
#pragma once

#include <memory>

#include "apps/gen-batch/requests/input.h"

namespace quire::gen_batch {

// "Translate {text} into {language}": text with the names of columns in braces; {{ and }} are
// braces.
class PromptTemplate {
  public:
    // Error{usage} for an unmatched brace and for a column that does not exist.
    PromptTemplate(const std::string& source, const std::vector<std::string>& columns);
    std::string fill(const std::vector<std::string>& fields) const;

  private:
    // Some text, and the column that follows it.
    struct Segment {
        std::string text;
        std::optional<std::size_t> column;
    };
    std::vector<Segment> segments_;
};

// Error{usage} without a template. separator: ',' or '\t'.
std::unique_ptr<Input> open_table(const Options& options, char separator);

}  // namespace quire::gen_batch
