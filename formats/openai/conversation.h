// From a conversation to the text that a model is given for it: the one way there is, for gen,
// gen-batch and tok. What depends on the model's chat template is decided here.
#pragma once

#include <ctime>
#include <optional>

#include "formats/openai/request.h"
#include "lib/base/error.h"
#include "lib/chat/chat_encoder.h"

namespace quire::formats::openai {

// Renders the messages, tools and variables of `request` with the template that is meant for them,
// and asks for an answer behind them. `time`: what the template takes for now.
//
// - content stays a string or a list of parts where the template shows that form, and takes the
//   other form where it shows only that one;
// - the role "developer" is "system" for a template that does not name it;
// - an answer without content that the template cannot do without gets an empty one.
//
// Throws Refusal, naming the field, for what would have no effect: tools that the template does not
// show, a reasoning_effort or a template variable that it does not read, keys of a part that is joined
// to a string, a role that neither the API nor the template knows. Throws Error as the template does.
chat::Rendered render_conversation(const Request& request, const chat::ChatEncoder& encoder,
                                   std::optional<std::time_t> time);

// A request of one user turn, behind a system text unless that is empty.
Request request_of_turn(std::string_view prompt, std::string_view system);

// A refusal in the words of the commands: Error{input} "WHERE: FIELD: MESSAGE".
Error error_of(const Refusal& refusal, const std::string& where);

// What `compute` gives; a Refusal that it throws becomes an Error.
template <typename Compute>
auto or_error(const std::string& where, const Compute& compute) {
    try {
        return compute();
    } catch (const Refusal& refusal) {
        throw error_of(refusal, where);
    }
}

}  // namespace quire::formats::openai
