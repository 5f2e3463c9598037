// A conversation as gen --messages takes it, through the golden templates among the seeds.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "formats/openai/request.h"
#include "lib/chat/chat_template.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

void check_rendered(const chat::Rendered& rendered);

namespace {

std::vector<chat::ChatTemplate> golden_templates() {
    std::vector<chat::ChatTemplate> templates;
    const std::string golden = QUIRE_SOURCE_DIR "/tests/golden/chat";
    for (const auto& entry : std::filesystem::directory_iterator(golden)) {
        if (entry.path().extension() != ".jinja") continue;
        std::ifstream file(entry.path(), std::ios::binary);
        templates.emplace_back(std::string(std::istreambuf_iterator<char>(file), {}));
    }
    expect(!templates.empty(), "no golden templates");
    return templates;
}

}  // namespace

void run_conv(std::string_view input) {
    static const std::vector<chat::ChatTemplate> templates = golden_templates();
    formats::openai::Request request;
    try {
        request = formats::openai::read_conversation(input);
    } catch (const formats::openai::Refusal&) {
        return;
    }
    chat::ChatInput chat;
    chat.messages = request.messages;
    chat.tools = request.tools;
    chat.extra = request.template_variables;
    chat.add_generation_prompt = input.size() % 2 == 0;
    for (const chat::ChatTemplate& one : templates) {
        refuses([&] { check_rendered(one.render(chat)); });
    }
}

}  // namespace quire::fuzz
