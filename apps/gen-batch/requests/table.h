// Tables: CSV as RFC 4180 has it (quoted fields may hold separators, newlines and doubled quotes),
// TSV with plain fields. The first row names the columns.
#pragma once

#include <memory>

#include "apps/gen-batch/requests/input.h"

namespace quire::gen_batch {

// "Translate {text} into {language}": text and columns in turn; {{ and }} are braces.
class PromptTemplate {
  public:
    // Error{usage} for a brace without partner and for a column that is not there.
    PromptTemplate(const std::string& source, const std::vector<std::string>& columns);
    std::string fill(const std::vector<std::string>& fields) const;

  private:
    struct Part {
        std::string text;
        std::optional<std::size_t> column;
    };
    std::vector<Part> parts_;
};

std::unique_ptr<Input> open_table(const Options& options, char separator);

}  // namespace quire::gen_batch
