#include "support.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace quire::test {

std::string golden_path(const std::string& name) {
    return std::string(QUIRE_SOURCE_DIR) + "/tests/golden/chat/" + name;
}

std::string read_golden(const std::string& name) {
    return read_file(golden_path(name));
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

nlohmann::ordered_json read_json(const std::string& path_in_golden_folder) {
    return nlohmann::ordered_json::parse(read_golden(path_in_golden_folder));
}

chat::ChatInput small_input() {
    chat::ChatInput input;
    input.messages = nlohmann::ordered_json::parse(
        R"([{"role": "system", "content": "S"}, {"role": "user", "content": "U"}])");
    input.bos_token = "<s>";
    input.eos_token = "</s>";
    return input;
}

std::string render(std::string_view source, const chat::ChatInput& input) {
    return chat::ChatTemplate(source).render(input).text;
}

std::string marked(std::string_view source, const chat::ChatInput& input) {
    const chat::Rendered rendered = chat::ChatTemplate(source).render(input);
    std::string out;
    std::size_t at = 0;
    for (const auto& range : rendered.template_ranges) {
        out += rendered.text.substr(at, range.begin - at);
        out += "[" + rendered.text.substr(range.begin, range.end - range.begin) + "]";
        at = range.end;
    }
    return out + rendered.text.substr(at);
}

Failed failure_of(std::string_view source, const chat::ChatInput& input) {
    try {
        render(source, input);
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
    return {};
}

}  // namespace quire::test
