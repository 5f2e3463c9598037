// The chat templates of a checkpoint on their way into the file.
#pragma once

#include <string>

#include "formats/quire/writer.h"
#include "lib/chat/template_sources.h"

namespace quire::pack {

// Writes a section for each template. Error{model} naming `where` and the line for a template that
// cannot be run here, because it would fail only when somebody talks to the model.
void add_templates(formats::QuireWriter& writer, const chat::TemplateSources& sources,
                   const std::string& where);

}  // namespace quire::pack
