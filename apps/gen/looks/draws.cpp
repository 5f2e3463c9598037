#include "apps/gen/looks/draws.h"

#include <spdlog/fmt/fmt.h>
#include <termios.h>
#include <unistd.h>

#include <cmath>

#include "lib/base/json/json.h"
#include "lib/base/quoted.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::gen {

namespace {

constexpr std::size_t kBarCells = 20;

// A bar of `part` (0 to 1) of kBarCells, in eighths of a cell, filled up with spaces.
std::string bar(double part) {
    constexpr std::array<const char*, 9> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    const auto eighths = static_cast<std::size_t>(std::lround(part * kBarCells * 8));
    std::string out;
    for (std::size_t i = 0; i < eighths / 8; ++i) out += kEighths[8];
    out += kEighths[eighths % 8];
    const std::size_t cells = eighths / 8 + (eighths % 8 > 0 ? 1 : 0);
    return out + std::string(kBarCells - std::min(cells, kBarCells), ' ');
}

// The last column but the text: with what probability it could be drawn, or what left it out.
std::string fate(const generate::WeighedToken& token) {
    return token.left_out_by.empty() ? fmt::format("{:5.1f} %", 100 * token.drawn)
                                     : "out: " + token.left_out_by;
}

}  // namespace

std::string draw_lines(const generate::ExplainedDraw& draw, std::size_t number,
                       const tokenizer::Tokenizer& tokenizer, bool coloured) {
    const auto text_of = [&](std::uint32_t id) {
        return base::quoted(tokenizer::token_text_or_name(tokenizer, id));
    };
    const char* begin = coloured ? "\x1b[1;32m" : "";
    const char* end = coloured ? "\x1b[0m" : "";
    if (draw.forced) {
        return fmt::format("{:>4}  {}{}{}  the only token allowed\n", number, begin,
                           text_of(draw.chosen), end);
    }
    std::string out =
        fmt::format("{:>4}  {}{}{}  entropy {:.2f} bits, {} of the vocabulary could be drawn\n",
                    number, begin, text_of(draw.chosen), end, draw.entropy, draw.n_left);
    for (const generate::WeighedToken& token : draw.tokens) {
        const bool chosen = token.token == draw.chosen;
        out += fmt::format("{:>8.1f} %  {}  {:<16}{}{} {}{}\n", 100 * token.model, bar(token.model),
                           fate(token), chosen ? begin : "", chosen ? ">" : " ",
                           text_of(token.token), chosen ? end : "");
    }
    return out;
}

nlohmann::ordered_json to_json(std::span<const generate::ExplainedDraw> draws,
                               const tokenizer::Tokenizer& tokenizer) {
    using Json = nlohmann::ordered_json;
    const auto text_of = [&](std::uint32_t id) {
        return tokenizer::token_text_or_name(tokenizer, id);
    };
    Json list = Json::array();
    for (const generate::ExplainedDraw& draw : draws) {
        Json json = {{"token", text_of(draw.chosen)}, {"id", draw.chosen}, {"forced", draw.forced}};
        if (!draw.forced) {
            json["entropy"] = draw.entropy;
            json["n_left"] = draw.n_left;
            json["candidates"] = Json::array();
            for (const generate::WeighedToken& token : draw.tokens) {
                Json candidate = {{"token", text_of(token.token)},
                                  {"id", token.token},
                                  {"probability", token.model},
                                  {"drawn", token.drawn}};
                if (!token.left_out_by.empty()) candidate["left_out_by"] = token.left_out_by;
                json["candidates"].push_back(std::move(candidate));
            }
        }
        list.push_back(std::move(json));
    }
    return list;
}

bool wait_for_key() {
    termios before{};
    if (::tcgetattr(STDIN_FILENO, &before) != 0) return false;
    termios raw = before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    char key = 0;
    const ssize_t n = ::read(STDIN_FILENO, &key, 1);  // a signal ends it, too
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return n == 1 && key != 'q';
}

}  // namespace quire::gen
