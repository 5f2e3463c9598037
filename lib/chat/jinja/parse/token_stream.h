// The tokens of a template with the current position, and the names seen so far.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/chat/jinja/parse/ast.h"
#include "lib/chat/jinja/parse/lexer.h"

namespace quire::jinja {

class TokenStream {
  public:
    explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    const Token& current() const { return tokens_[at_]; }
    const Token& ahead() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
    int line() const { return current().line; }

    // Stays at the end of the template.
    Token next() {
        Token token = current();
        if (token.kind != TokenKind::end) ++at_;
        return token;
    }

    bool at(TokenKind kind) const { return current().kind == kind; }
    bool at_name(std::string_view name) const { return is(current(), TokenKind::name, name); }
    bool at_symbol(std::string_view text) const { return is(current(), TokenKind::symbol, text); }
    bool ahead_name(std::string_view name) const { return is(ahead(), TokenKind::name, name); }
    bool ahead_symbol(std::string_view text) const { return is(ahead(), TokenKind::symbol, text); }

    bool skip_name(std::string_view name) { return at_name(name) && (next(), true); }
    bool skip_symbol(std::string_view text) { return at_symbol(text) && (next(), true); }

    void expect_symbol(std::string_view text) {
        if (!skip_symbol(text)) fail("expected '" + std::string(text) + "', found " + describe());
    }
    std::string expect_name() {
        if (!at(TokenKind::name)) fail("expected a name, found " + describe());
        return next().text;
    }
    void expect(TokenKind kind, std::string_view what) {
        if (!at(kind)) fail("expected " + std::string(what) + ", found " + describe());
        next();
    }

    std::string describe() const {
        switch (current().kind) {
            case TokenKind::data:
                return "text";
            case TokenKind::print_begin:
                return "'{{'";
            case TokenKind::print_end:
                return "'}}'";
            case TokenKind::block_begin:
                return "'{%'";
            case TokenKind::block_end:
                return "'%}'";
            case TokenKind::string:
                return "a string";
            case TokenKind::integer:
            case TokenKind::floating:
                return "a number";
            case TokenKind::name:
            case TokenKind::symbol:
                return "'" + current().text + "'";
            case TokenKind::end:
                return "the end of the template";
        }
        return {};
    }

    [[noreturn]] void fail(const std::string& message) const {
        Failure failure(ErrorCode::model, message);
        failure.line = line();
        throw failure;
    }

    int number_of(const std::string& name) {
        return names_.try_emplace(name, static_cast<int>(names_.size())).first->second;
    }
    // All string literals of the template.
    std::set<std::string, std::less<>> words() const {
        std::set<std::string, std::less<>> all;
        for (const Token& token : tokens_) {
            if (token.kind == TokenKind::string) all.insert(token.text);
        }
        return all;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> all(names_.size());
        for (const auto& [name, number] : names_) all[static_cast<std::size_t>(number)] = name;
        return all;
    }

    // Bounds the recursion of the parser: one Nesting exists per open bracket and block.
    class Nesting {
      public:
        explicit Nesting(TokenStream& stream) : stream_(stream) {
            if (++stream_.nesting_ > kMaxParseDepth) {
                --stream_.nesting_;
                stream_.fail("brackets and blocks nested more than " +
                             std::to_string(kMaxParseDepth) + " deep");
            }
        }
        ~Nesting() { --stream_.nesting_; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;

      private:
        TokenStream& stream_;
    };

  private:
    static bool is(const Token& token, TokenKind kind, std::string_view text) {
        return token.kind == kind && token.text == text;
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int nesting_ = 0;
    std::map<std::string, int> names_;
};

}  // namespace quire::jinja
