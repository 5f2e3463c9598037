#include "formats/safetensors/strict_json.h"

namespace quire::formats {

bool JsonEvents::parse_error(std::size_t position, const std::string& /*last_token*/,
                             const nlohmann::json::exception& /*error*/) {
    fail("not valid JSON at byte " + std::to_string(position));
}

void JsonEvents::fail(const std::string& message) const {
    throw Error(ErrorCode::model, where_, message);
}

bool JsonEvents::unexpected(const std::string& found) const {
    fail("expected " + expected() + ", found " + found);
}

void parse_strict_json(base::Bytes text, JsonEvents& events) {
    const std::string_view json = base::as_text(text);
    // Checked here, because the parser silently skips a byte order mark and stops at a NUL.
    if (json.empty() || json.front() != '{') events.fail("expected JSON that begins with '{'");
    if (const auto at = json.find('\0'); at != std::string_view::npos) {
        events.fail("not valid JSON at byte " + std::to_string(at) + ": a NUL");
    }
    nlohmann::json::sax_parse(json.begin(), json.end(), &events);
}

}  // namespace quire::formats
