// The chat templates of a .quire file.
#pragma once

#include "formats/quire/layout.h"
#include "formats/quire/reader.h"
#include "lib/chat/template_sources.h"

namespace quire::formats {

// Views into the file, which must outlive them.
inline chat::ChatTemplates chat_templates(const QuireFile& file) {
    return {base::as_text(file.section(quire_file::section::kTemplate)),
            base::as_text(file.section(quire_file::section::kToolTemplate))};
}

}  // namespace quire::formats
