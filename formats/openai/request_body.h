// The bodies of the endpoints.
#pragma once

#include "formats/openai/body_fields.h"
#include "formats/openai/request.h"

namespace quire::formats::openai {

// Throws Refusal.
Request request_of(Endpoint endpoint, const Json& body);

void read_tools(BodyFields& fields, Request& request);
void read_template_variables(BodyFields& fields, Request& request);
void read_reasoning_effort(BodyFields& fields, Request& request);
void read_reasoning_format(BodyFields& fields, Request& request);

}  // namespace quire::formats::openai
