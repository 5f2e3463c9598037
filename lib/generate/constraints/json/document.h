// A schema as JSON, and where its references lead.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/base/json/json.h"

namespace quire::constraints {

using Json = nlohmann::ordered_json;

// A schema that cannot be used: which keyword, where, and why. what() is "PATH: KEYWORD: WHY".
struct SchemaFault : std::runtime_error {
    SchemaFault(const std::string& path, const std::string& keyword, const std::string& why)
        : std::runtime_error((path.empty() ? "#" : path) + (keyword.empty() ? "" : ": " + keyword) +
                             ": " + why) {}
};

// One schema of the document, by number.
using Node = std::uint32_t;

class Document {
  public:
    // Throws SchemaFault for an address that is there twice.
    explicit Document(Json schema);
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    Node root() const noexcept { return 0; }
    // A schema that nothing follows.
    Node nothing() const noexcept { return 1; }
    const Json& json(Node node) const { return *nodes_[node].json; }
    const std::string& path(Node node) const { return nodes_[node].path; }  // "#/properties/a"
    // The schema at a member of this one, or at a member of a member.
    Node child(Node node, std::string_view key);
    Node child(Node node, std::string_view key, std::string_view member);
    Node child(Node node, std::string_view key, std::size_t i);
    // Where $ref or $dynamicRef leads. SchemaFault for what is not in the document.
    Node target(Node node, const std::string& keyword);
    // A schema that is not in the document; errors say that it comes from `from`.
    Node add(Json schema, Node from);

  private:
    struct Entry {
        const Json* json;
        std::string path;
        std::string base;  // address of the resource that it belongs to
    };
    struct Place {
        const Json* json;
        std::string path;
    };
    Node node_at(const Json& json, const std::string& path, const std::string& base);
    void scan(const Json& json, const std::string& path, std::string base);
    void note(const Json& json, const std::string& path, const std::string& base);
    Node follow(Node from, const std::string& keyword, const std::string& resource,
                std::string_view fragment);

    std::deque<Json> roots_;
    std::vector<Entry> nodes_;
    std::unordered_map<const Json*, Node> numbers_;
    std::map<std::string, Place> resources_;    // by address
    std::map<std::string, Place> anchors_;      // by address # name
    std::map<std::string, int> dynamic_names_;  // how often each is there
    std::map<std::string, bool> dynamic_here_;  // address # name
};

// An address as RFC 3986 resolves it.
std::string resolve_uri(const std::string& base, const std::string& reference);

}  // namespace quire::constraints
