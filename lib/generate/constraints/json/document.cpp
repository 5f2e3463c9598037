#include "lib/generate/constraints/json/document.h"

#include <utility>

#include "lib/base/quoted.h"
#include "lib/base/utf8.h"

namespace quire::constraints {

namespace {

std::string escaped(std::string_view key) {
    std::string out;
    for (const char c : key) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

int hex_value(char c) noexcept {
    return base::hex_digit(static_cast<unsigned char>(c));
}

std::string without_percent(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string unescaped(std::string_view token) {
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size() && token[i + 1] != '~') {
            out += token[++i] == '0' ? '~' : '/';
        } else {
            out += token[i];
        }
    }
    return out;
}

std::string string_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// Members of a schema whose values are schemas, lists of them, or objects of them.
constexpr const char* kOne[] = {"additionalProperties",
                                "unevaluatedProperties",
                                "propertyNames",
                                "items",
                                "unevaluatedItems",
                                "contains",
                                "not",
                                "if",
                                "then",
                                "else",
                                "additionalItems",
                                "contentSchema"};
constexpr const char* kLists[] = {"allOf", "anyOf", "oneOf", "prefixItems", "items"};
constexpr const char* kObjects[] = {"properties", "patternProperties", "$defs", "definitions",
                                    "dependentSchemas"};

std::string merged_path(const std::string& path) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    bool folder = false;
    while (begin <= path.size()) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string part = path.substr(begin, end - begin);
        folder = part == "." || part == "..";
        if (part == "..") {
            if (parts.size() > 1) parts.pop_back();
        } else if (part != ".") {
            parts.push_back(part);
        }
        begin = end + 1;
    }
    if (folder) parts.emplace_back();
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) out += (i > 0 ? "/" : "") + parts[i];
    return out;
}

}  // namespace

std::string resolve_uri(const std::string& base, const std::string& reference) {
    if (reference.empty()) return base;
    const std::size_t colon = reference.find(':');
    if (colon != std::string::npos && reference.find_first_of("/?#") > colon) return reference;
    if (reference.front() == '#') return base + reference;
    const std::size_t scheme = base.find(':');
    const std::size_t slashes = base.find("://");
    std::size_t host_end = 0;
    if (slashes != std::string::npos) {
        host_end = std::min(base.find('/', slashes + 3), base.size());
    } else if (scheme != std::string::npos) {
        host_end = scheme + 1;
    }
    if (reference.starts_with("//")) return base.substr(0, scheme + 1) + reference;
    if (reference.front() == '/') return base.substr(0, host_end) + merged_path(reference);
    std::string folder = base.substr(host_end);
    folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/') + 1);
    if (folder.empty() && host_end > 0 && slashes != std::string::npos) folder = "/";
    return base.substr(0, host_end) + merged_path(folder + reference);
}

Document::Document(Json schema) {
    roots_.push_back(std::move(schema));
    const Json& root = roots_.front();
    const std::string base = root.is_object() ? resolve_uri("", string_at(root, "$id")) : "";
    node_at(root, "#", base);
    roots_.emplace_back(false);
    node_at(roots_.back(), "#", "");
    resources_[""] = {&root, "#"};
    scan(root, "#", "");
}

Node Document::node_at(const Json& json, const std::string& path, const std::string& base) {
    const auto [found, is_new] = numbers_.try_emplace(&json, static_cast<Node>(nodes_.size()));
    if (is_new) nodes_.push_back({&json, path, base});
    return found->second;
}

// Addresses and names that the schema gives itself.
void Document::note(const Json& json, const std::string& path, const std::string& base) {
    for (const char* keyword : {"$anchor", "$dynamicAnchor"}) {
        const std::string name = string_at(json, keyword);
        if (name.empty()) continue;
        std::string address = base;
        address.append("#").append(name);
        anchors_[address] = {&json, path};
        if (std::string_view(keyword) == "$anchor") continue;
        ++dynamic_names_[name];
        dynamic_here_[address] = true;
    }
}

void Document::scan(const Json& json, const std::string& path, std::string base) {
    if (!json.is_object()) return;
    if (const std::string id = string_at(json, "$id"); !id.empty()) {
        base = resolve_uri(base, id);
        if (base.ends_with('#')) base.pop_back();
        if (const auto [found, is_new] = resources_.try_emplace(base, Place{&json, path});
            !is_new) {
            throw SchemaFault(path, "$id", base::quoted(base) + " is the address of two schemas");
        }
    }
    node_at(json, path, base);
    note(json, path, base);
    for (const char* key : kOne) {
        const auto found = json.find(key);
        if (found != json.end()) scan(*found, path + "/" + key, base);
    }
    for (const char* key : kLists) {
        const auto found = json.find(key);
        if (found == json.end() || !found->is_array()) continue;
        for (std::size_t i = 0; i < found->size(); ++i) {
            scan((*found)[i], path + "/" + key + "/" + std::to_string(i), base);
        }
    }
    for (const char* key : kObjects) {
        const auto found = json.find(key);
        if (found == json.end() || !found->is_object()) continue;
        for (const auto& [name, each] : found->items()) {
            scan(each, path + "/" + key + "/" + escaped(name), base);
        }
    }
}

Node Document::child(Node node, std::string_view key) {
    const Entry entry = nodes_[node];
    return node_at(entry.json->at(std::string(key)), entry.path + "/" + std::string(key),
                   entry.base);
}

Node Document::child(Node node, std::string_view key, std::string_view member) {
    const Entry entry = nodes_[node];
    return node_at(entry.json->at(std::string(key)).at(std::string(member)),
                   entry.path + "/" + std::string(key) + "/" + escaped(member), entry.base);
}

Node Document::child(Node node, std::string_view key, std::size_t i) {
    const Entry entry = nodes_[node];
    return node_at(entry.json->at(std::string(key)).at(i),
                   entry.path + "/" + std::string(key) + "/" + std::to_string(i), entry.base);
}

Node Document::add(Json schema, Node from) {
    roots_.push_back(std::move(schema));
    return node_at(roots_.back(), nodes_[from].path, nodes_[from].base);
}

Node Document::follow(Node from, const std::string& keyword, const std::string& resource,
                      std::string_view fragment) {
    const auto missing = [&](const std::string& what) {
        throw SchemaFault(path(from), keyword,
                          "expected an address inside the schema, found " + base::quoted(what));
    };
    if (!fragment.empty() && fragment.front() != '/') {
        const auto found = anchors_.find(resource + "#" + std::string(fragment));
        if (found == anchors_.end()) missing(resource + "#" + std::string(fragment));
        return node_at(*found->second.json, found->second.path, resource);
    }
    const auto found = resources_.find(resource);
    if (found == resources_.end()) missing(resource);
    const Json* at = found->second.json;
    std::string where = found->second.path;
    std::string base = resource;
    while (!fragment.empty()) {
        fragment.remove_prefix(1);
        const std::size_t end = std::min(fragment.find('/'), fragment.size());
        const std::string key = unescaped(fragment.substr(0, end));
        fragment.remove_prefix(end);
        const bool is_index = at->is_array() && !key.empty() && key.size() < 9 &&
                              key.find_first_not_of("0123456789") == std::string::npos;
        if (is_index && std::stoul(key) < at->size()) {
            at = &(*at)[std::stoul(key)];
        } else if (at->is_object() && at->contains(key)) {
            at = &at->at(key);
        } else {
            std::string address = resource;
            address.append("#.../").append(key);
            missing(address);
        }
        where += "/" + escaped(key);
        if (at->is_object() && !string_at(*at, "$id").empty()) {
            base = resolve_uri(base, string_at(*at, "$id"));
        }
    }
    return node_at(*at, where, base);
}

Node Document::target(Node node, const std::string& keyword) {
    const std::string reference = json(node).at(keyword).get<std::string>();
    const std::string uri = resolve_uri(nodes_[node].base, reference);
    const std::size_t hash = uri.find('#');
    const std::string resource = uri.substr(0, hash);
    const std::string fragment =
        hash == std::string::npos ? "" : without_percent(std::string_view(uri).substr(hash + 1));
    if (keyword == "$dynamicRef" && dynamic_here_.contains(resource + "#" + fragment) &&
        dynamic_names_[fragment] > 1) {
        throw SchemaFault(path(node), keyword,
                          base::quoted(fragment) + " has several meanings, which is not supported");
    }
    return follow(node, keyword, resource, fragment);
}

}  // namespace quire::constraints
