// Calls as Gemma 4 and FunctionGemma write them: call:NAME{key:value,...}, with strings between marks.
#pragma once

#include <optional>
#include <string_view>

#include "lib/chat/answers/answer_manner.h"

namespace quire::chat {

// quote: the mark around strings. Nothing if it is not such a call.
std::optional<ToolCall> gemma_call(std::string_view text, std::string_view quote);

}  // namespace quire::chat
