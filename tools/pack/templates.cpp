#include "tools/pack/templates.h"

#include <spdlog/spdlog.h>

#include "formats/quire/layout.h"
#include "lib/base/error.h"
#include "lib/chat/chat_template.h"

namespace quire::pack {

namespace {

namespace section = formats::quire_file::section;

void add_template(formats::QuireWriter& writer, std::string_view name, const std::string& source,
                  const std::string& where) {
    if (source.empty()) return;
    try {
        const chat::ChatTemplate parsed(source);
    } catch (const Error& error) {
        throw Error(ErrorCode::model, where,
                    std::string(error.what()) + " (--no-chat-template leaves it out)");
    }
    writer.add_section(name, base::as_bytes(source));
}

}  // namespace

void add_templates(formats::QuireWriter& writer, const chat::TemplateSources& sources,
                   const std::string& where) {
    add_template(writer, section::kTemplate, sources.standard, where);
    add_template(writer, section::kToolTemplate, sources.tool_use, where);
    for (const std::string& name : sources.others) {
        spdlog::warn(
            "{}: the chat template \"{}\" is left out: only \"default\" and \"tool_use\" "
            "are ever chosen",
            where, name);
    }
}

}  // namespace quire::pack
