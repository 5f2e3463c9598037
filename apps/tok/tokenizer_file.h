// A tokenizer from whatever file holds one: a .quire file, where its tables are used as they lie,
// or what pack reads, whose tables are built in memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/quire/chat_templates.h"
#include "lib/chat/chat_encoder.h"
#include "lib/tokenizer/encode/build_tables.h"
#include "lib/tokenizer/encode/safe_cuts.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tok {

class TokenizerFile {
  public:
    // `model`: FILE, or NAME=FILE. Error{model} for a file that cannot be used. verify: compare the
    // sections of a .quire file with their checksums; without it only what is used is looked at,
    // and damage shows when it is met, if at all.
    TokenizerFile(const std::string& model, bool verify);

    const std::string& name() const noexcept { return name_; }
    const tokenizer::Tokenizer& tokenizer() const noexcept { return *tokenizer_; }
    // Made when first asked for: not from several threads at once.
    const tokenizer::SafeCuts& cuts();
    chat::ChatTemplates chat_templates() const noexcept {
        return file_ ? formats::chat_templates(*file_) : templates_.view();
    }

  private:
    void open_quire(const std::string& path, bool verify);
    void build(const tokenizer::TokenizerSpec& source);

    std::string name_;
    std::optional<formats::QuireFile> file_;
    std::vector<tokenizer::TokenizerTable> tables_;
    chat::TemplateSources templates_;
    std::unique_ptr<tokenizer::Tokenizer> tokenizer_;
    std::unique_ptr<tokenizer::SafeCuts> cuts_;
};

}  // namespace quire::tok
