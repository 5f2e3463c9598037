#include "apps/tok/pieces/running_text.h"

#include <spdlog/fmt/fmt.h>

#include <array>

#include "apps/tok/pieces/tokens.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/unicode/graphemes.h"
#include "lib/unicode/widths.h"

namespace quire::tok {

namespace {

constexpr std::string_view kBar = "\u2502";
constexpr std::string_view kLineEnd = "\u23CE";

class Lines {
  public:
    explicit Lines(const RunningStyle& style) : style_(style), column_(style.indent) {}

    // background: empty for none.
    void begin_token(const std::string& background) {
        if (!style_.coloured && any_) put(kBar, 1);
        any_ = true;
        background_ = style_.coloured ? background : "";
        open();
    }
    void end_token() {
        close();
        background_.clear();
    }
    // Signs and characters, which are not divided.
    void write(std::string_view shown) {
        while (!shown.empty()) {
            const std::size_t size = unicode::grapheme_length(shown);
            const std::string_view one = shown.substr(0, size);
            put(one, unicode::display_width(one));
            shown.remove_prefix(size);
        }
    }
    void end_line() {
        close();
        out_ += "\n";
        at_start_ = true;
        is_first_line_ = false;
        column_ = style_.indent;
    }
    std::string take() {
        if (!at_start_ || is_first_line_) out_ += "\n";
        return std::move(out_);
    }

  private:
    void put(std::string_view one, std::size_t width) {
        if (style_.columns > 0 && column_ + width > style_.columns && column_ > style_.indent) {
            end_line();
        }
        if (at_start_ && !is_first_line_) out_.append(style_.indent, ' ');
        at_start_ = false;
        open();
        out_ += one;
        column_ += width;
    }
    void open() {
        if (is_open_ || background_.empty() || at_start_) return;  // not before the indent
        out_ += background_;
        is_open_ = true;
    }
    void close() {
        if (is_open_) out_ += kPlainAgain;
        is_open_ = false;
    }

    RunningStyle style_;
    std::string out_;
    std::string background_;
    bool is_open_ = false;
    bool any_ = false;
    bool at_start_ = true;  // of a line
    bool is_first_line_ = true;
    std::size_t column_;
};

// Writes a text, whose line ends end a line.
void write_text(Lines& lines, std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.write(pictured(text.substr(0, end)));
        if (end == text.size()) return;
        lines.write(kLineEnd);
        lines.end_line();
        text.remove_prefix(end + 1);
    }
}

// Between two tokens: white space that a tokenizer drops.
void write_gap(Lines& lines, std::string_view gap, bool coloured) {
    while (!gap.empty()) {
        const std::size_t end = std::min(gap.find('\n'), gap.size());
        if (coloured) lines.write(pictured(gap.substr(0, end)));
        if (end == gap.size()) return;
        lines.end_line();
        gap.remove_prefix(end + 1);
    }
}

}  // namespace

std::string pictured(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const base::CodePoint next = base::decode_utf8(text);
        const std::string_view bytes = text.substr(0, static_cast<std::size_t>(next.length));
        if (next.valid && next.value < 0x20) {
            base::append_utf8(out, 0x2400 + next.value);  // U+2400 to U+241F
        } else if (next.valid && next.value == 0x7F) {
            base::append_utf8(out, 0x2421);
        } else if (next.valid && !base::is_control(next.value)) {
            out += bytes;
        } else {
            for (const char c : bytes) {
                const auto escape = base::escaped_byte(static_cast<unsigned char>(c));
                out.append(escape.data(), escape.size());
            }
        }
        text.remove_prefix(bytes.size());
    }
    return out;
}

std::string background_of(std::size_t token) {
    // Colors on which dark text is readable.
    constexpr std::array<int, 6> kBackgrounds{153, 157, 223, 217, 189, 159};
    return fmt::format("\x1B[30;48;5;{}m", kBackgrounds[token % kBackgrounds.size()]);
}

std::string running_text(std::string_view text, const std::vector<tokenizer::TokenSpan>& spans,
                         const tokenizer::Tokenizer& tokenizer, const RunningStyle& style) {
    Lines lines(style);
    std::size_t at = 0;  // behind the last token
    for (std::size_t i = 0; i < spans.size(); ++i) {
        if (spans[i].begin > at) {
            write_gap(lines, text.substr(at, spans[i].begin - at), style.coloured);
        }
        lines.begin_token(background_of(i));
        write_text(lines, shown_token(text, spans[i], tokenizer));
        lines.end_token();
        at = std::max(at, spans[i].end);
    }
    if (at < text.size()) write_gap(lines, text.substr(at), style.coloured);
    return lines.take();
}

}  // namespace quire::tok
