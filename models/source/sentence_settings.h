// Files of sentence-transformers as objects whose keys are all read.
#pragma once

#include <string>

#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json_text.h"
#include "models/source/config.h"

namespace quire::models {

// An object in a file of its own, read with Config.
struct SentenceSettings {
    explicit SentenceSettings(const std::string& path)
        : json(base::parse_json(base::read_text_file(path, kMaxBytes), path)) {
        source.path = path;
    }
    static constexpr std::uint64_t kMaxBytes = 16U << 20;
    Source source = {};
    nlohmann::json json;
};

}  // namespace quire::models
