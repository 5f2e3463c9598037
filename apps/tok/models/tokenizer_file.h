// The tokenizer of a .quire file, whose tables are used in place, or of any tokenizer file that pack
// reads, for which the tables are built in memory. Some tokenizers have names and need no file of
// the user: plain_tokenizers.h, and OpenAI's, whose files quire pull fetches.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "apps/tok/models/plain_tokenizers.h"
#include "formats/quire/chat_templates.h"
#include "lib/chat/chat_encoder.h"
#include "lib/tokenizer/encode/built_tokenizer.h"
#include "lib/tokenizer/encode/safe_cuts.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tok {

class TokenizerFile {
  public:
    // `model`: FILE, a name, or NAME=FILE. Error{model} for a file that cannot be used, and for an
    // encoding whose file is not here. verify: compare all sections of a .quire file with their
    // checksums. Without it only the parts that are used are read, and damage is noticed there or
    // not at all.
    TokenizerFile(const std::string& model, bool verify);

    const std::string& name() const noexcept { return name_; }
    const tokenizer::Tokenizer& tokenizer() const noexcept {
        return built_ ? **built_ : *in_place_;
    }
    // Whether ids tell tokens apart; of words and characters they do not.
    bool has_ids() const noexcept { return !plain_ || *plain_ == Plain::bytes; }
    // The bytes of a text are its tokens, also where they are not UTF-8.
    bool counts_bytes() const noexcept { return plain_ == Plain::bytes; }
    // nullptr for anything but a .quire file.
    const formats::QuireFile* quire_file() const noexcept { return file_ ? &*file_ : nullptr; }
    // Built at the first call, which must not come from several threads at once.
    const tokenizer::SafeCuts& cuts();
    chat::ChatTemplates chat_templates() const noexcept {
        return file_ ? formats::chat_templates(*file_) : templates_.view();
    }

  private:
    void open_file(const std::string& path, bool verify);
    void open_quire(const std::string& path, bool verify);

    std::string name_;
    std::optional<Plain> plain_;
    std::optional<formats::QuireFile> file_;
    std::optional<tokenizer::Tokenizer> in_place_;    // over the tables of file_
    std::optional<tokenizer::BuiltTokenizer> built_;  // of any other file
    chat::TemplateSources templates_;
    std::unique_ptr<tokenizer::SafeCuts> cuts_;
};

using Models = std::vector<std::unique_ptr<TokenizerFile>>;

}  // namespace quire::tok
