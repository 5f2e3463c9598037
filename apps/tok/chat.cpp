#include "apps/tok/chat.h"

#include <ctime>

#include "formats/openai/conversation.h"
#include "lib/base/error.h"

namespace quire::tok {

chat::Rendered render_chat(const std::string& json, const TokenizerFile& model,
                           const std::string& where) {
    const chat::ChatTemplates templates = model.chat_templates();
    if (templates.empty()) {
        throw Error(ErrorCode::model, model.name(), "--chat: the model has no chat template");
    }
    namespace openai = formats::openai;
    return openai::or_error(where, [&] {
        return openai::render_conversation(openai::read_conversation(json),
                                           chat::ChatEncoder(templates, model.tokenizer()),
                                           std::time(nullptr));
    });
}

}  // namespace quire::tok
