// What a model expects in front of a text of which it makes a vector: "query: " and the like.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quire::spec {

struct TextPrompts {
    std::vector<std::pair<std::string, std::string>> texts;  // by name, which is unique
    std::string default_name;  // of the one that goes before every text; empty: none does

    // Null when there is none of this name.
    const std::string* find(std::string_view name) const noexcept {
        for (const auto& [known, text] : texts) {
            if (known == name) return &text;
        }
        return nullptr;
    }
    bool empty() const noexcept { return texts.empty(); }
    bool operator==(const TextPrompts&) const = default;
};

}  // namespace quire::spec
