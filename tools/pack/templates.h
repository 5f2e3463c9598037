// Copies the chat templates of a checkpoint to the file.
#pragma once

#include <string>

#include "formats/quire/writer.h"
#include "lib/chat/template_sources.h"

namespace quire::pack {

// Writes a section per template. Error{model} naming `where` and the line for a template that
// cannot be run here, because otherwise it would fail only in use.
void add_templates(formats::QuireWriter& writer, const chat::TemplateSources& sources,
                   const std::string& where);

}  // namespace quire::pack
