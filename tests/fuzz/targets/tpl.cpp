// A chat template, with conversations that use everything that messages may contain.
#include <array>

#include "lib/base/json/json.h"
#include "lib/chat/chat_template.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace {

chat::ChatInput conversation() {
    chat::ChatInput input;
    input.messages = nlohmann::ordered_json::parse(R"([
        {"role": "system", "content": "Be <|im_end|> brief."},
        {"role": "user", "content": "H\u00e9llo \u65e5"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"id": "c1", "type": "function",
             "function": {"name": "f", "arguments": {"a": [1, 2.5, null], "b": {"c": true}}}}]},
        {"role": "tool", "content": "4", "tool_call_id": "c1"}])");
    input.tools = nlohmann::ordered_json::parse(R"([{"type": "function", "function":
        {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "array"}}}}}])");
    input.extra = nlohmann::ordered_json::parse(
        R"({"n": 7, "f": 2.5, "neg": -3, "yes": true, "no": false, "nil": null, )"
        R"("s": "Hello, World", "sp": "  a b  c ", )"
        R"("uni": "\u00e9\u00df\u4e2d\ud83d\ude00 \u01c6 \u03a3\u039f\u03a3", )"
        R"("q": "it's \"q\"\n\t\\ \u00a0\u200b", "li": [3, 1, 2], "mixed": [1, )"
        R"("a", null, 2.5, [true]], "words": ["b", "A", "c", "a"], "d": {"b": 2, "a": 1, )"
        R"("items": "own", "C": 3}, "people": [{"name": "Zoe", "age": 3, )"
        R"("at": {"x": 1}}, {"name": "adam", "age": 2}, {"name": "Bob", "age": 3, )"
        R"("at": {"x": 0}}], "empty": [], "ed": {}, "es": "", "big": 9007199254740993, )"
        R"("lines": "one\n\n  two\r\nthree\n"})");
    input.add_generation_prompt = true;
    input.bos_token = "<s>";
    input.eos_token = "</s>";
    return input;
}

}  // namespace

// The ranges are sorted, do not touch, and lie inside the text.
void check_rendered(const chat::Rendered& rendered) {
    std::size_t end = 0;
    for (const chat::Rendered::Range& range : rendered.template_ranges) {
        expect(range.begin < range.end && range.end <= rendered.text.size(), "a range outside");
        expect(range.begin > end || (end == 0 && range.begin == 0), "ranges that touch");
        end = range.end;
    }
}

void run_tpl(std::string_view input) {
    static const chat::ChatInput full = conversation();
    refuses([&] {
        const chat::ChatTemplate chat(input);
        const chat::Rendered rendered = chat.render(full);
        check_rendered(rendered);
        expect(chat.render(full).text == rendered.text, "the second rendering differs");
    });
}

}  // namespace quire::fuzz
