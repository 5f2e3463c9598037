#include "lib/chat/answers/gemma_arguments.h"

#include <string>

#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"

namespace quire::chat {

namespace {

using Json = nlohmann::ordered_json;

struct NotACall {};

class Reader {
  public:
    Reader(std::string_view text, std::string_view quote) : text_(text), quote_(quote) {}

    Json object() {
        Json out = Json::object();
        expect("{");
        while (!take("}")) {
            const std::string key = this->key();
            out[key] = value();
            take(",");
        }
        return out;
    }
    bool done() const noexcept { return text_.empty(); }

  private:
    void skip() {
        while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
    }
    bool take(std::string_view what) {
        skip();
        if (!text_.starts_with(what)) return false;
        text_.remove_prefix(what.size());
        return true;
    }
    void expect(std::string_view what) {
        if (!take(what)) throw NotACall();
    }
    std::string until(std::string_view mark) {
        const std::size_t at = text_.find(mark);
        if (at == std::string_view::npos) throw NotACall();
        std::string out(text_.substr(0, at));
        text_.remove_prefix(at + mark.size());
        return out;
    }
    std::string key() {
        if (take(quote_)) {
            std::string out = until(quote_);
            expect(":");
            return out;
        }
        skip();
        return until(":");
    }
    Json value() {
        constexpr int kDeepest = 64;
        if (++depth_ > kDeepest) throw NotACall();
        Json out = plain_value();
        --depth_;
        return out;
    }
    Json plain_value() {
        if (take(quote_)) return until(quote_);
        skip();
        if (text_.starts_with("{")) return object();
        if (take("[")) {
            Json list = Json::array();
            while (!take("]")) {
                list.push_back(value());
                take(",");
            }
            return list;
        }
        const std::size_t end = std::min(text_.find_first_of(",}]"), text_.size());
        const std::string word(text_.substr(0, end));
        text_.remove_prefix(end);
        if (word.empty()) throw NotACall();
        try {
            return base::parse_ordered_json(word, "argument", ErrorCode::input);
        } catch (const Error&) {
            return word;
        }
    }

    std::string_view text_;
    std::string_view quote_;
    int depth_ = 0;
};

}  // namespace

std::optional<ToolCall> gemma_call(std::string_view text, std::string_view quote) {
    constexpr std::string_view kCall = "call:";
    const std::size_t brace = text.find('{');
    if (!text.starts_with(kCall) || brace == std::string_view::npos) return std::nullopt;
    try {
        Reader reader(text.substr(brace), quote);
        const Json arguments = reader.object();
        return ToolCall{std::string(text.substr(kCall.size(), brace - kCall.size())),
                        arguments.dump()};
    } catch (const NotACall&) {
        return std::nullopt;
    }
}

}  // namespace quire::chat
