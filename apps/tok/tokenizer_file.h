// The tokenizer of a .quire file, whose tables are used in place, or of any tokenizer file that pack
// reads, for which the tables are built in memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "formats/quire/chat_templates.h"
#include "lib/chat/chat_encoder.h"
#include "lib/tokenizer/encode/built_tokenizer.h"
#include "lib/tokenizer/encode/safe_cuts.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tok {

class TokenizerFile {
  public:
    // `model`: FILE, or NAME=FILE. Error{model} for a file that cannot be used. verify: compare all
    // sections of a .quire file with their checksums. Without it only the parts that are used are
    // read, and damage is noticed there or not at all.
    TokenizerFile(const std::string& model, bool verify);

    const std::string& name() const noexcept { return name_; }
    const tokenizer::Tokenizer& tokenizer() const noexcept {
        return built_ ? **built_ : *in_place_;
    }
    // Built at the first call, which must not come from several threads at once.
    const tokenizer::SafeCuts& cuts();
    chat::ChatTemplates chat_templates() const noexcept {
        return file_ ? formats::chat_templates(*file_) : templates_.view();
    }

  private:
    void open_quire(const std::string& path, bool verify);

    std::string name_;
    std::optional<formats::QuireFile> file_;
    std::optional<tokenizer::Tokenizer> in_place_;    // over the tables of file_
    std::optional<tokenizer::BuiltTokenizer> built_;  // of any other file
    chat::TemplateSources templates_;
    std::unique_ptr<tokenizer::SafeCuts> cuts_;
};

}  // namespace quire::tok
