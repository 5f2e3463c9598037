// From a conversation to the text of the prompt: the only implementation, used by gen, gen-batch
// and tok. Everything that depends on the model's chat template is decided here.
#pragma once

#include <ctime>
#include <optional>

#include "formats/openai/request.h"
#include "lib/base/error.h"
#include "lib/chat/chat_encoder.h"

namespace quire::formats::openai {

// Renders the messages, tools and variables of `request` with the matching template, and appends
// the prompt for an answer. `time`: the current time for the template.
//
// - content stays a string or a list of parts if the template shows that form, and is converted if
//   it shows only the other form;
// - the role "developer" becomes "system" for a template that does not name it;
// - an answer without content gets an empty one if the template needs it.
//
// Throws Refusal naming the field for input that would have no effect: tools that the template does
// not show, a reasoning_effort or a template variable that it does not read, keys of a part that is
// joined into a string, and a role that neither the API nor the template knows. Throws the Error of
// the template.
chat::Rendered render_conversation(const Request& request, const chat::ChatEncoder& encoder,
                                   std::optional<std::time_t> time);

// A request with one user turn, after a system text unless that is empty.
Request request_of_turn(std::string_view prompt, std::string_view system);

// A refusal as an Error for the command line: Error{input} "WHERE: FIELD: MESSAGE".
Error error_of(const Refusal& refusal, const std::string& where);

// Returns the result of `compute`; a Refusal that it throws becomes an Error.
template <typename Compute>
auto or_error(const std::string& where, const Compute& compute) {
    try {
        return compute();
    } catch (const Refusal& refusal) {
        throw error_of(refusal, where);
    }
}

}  // namespace quire::formats::openai
