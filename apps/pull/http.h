// GET over libcurl. The only code of Quire that opens a connection.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace quire::pull {

// A transfer that failed and may succeed when it is tried again.
struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Reply {
    long status = 0;
    std::string url;  // of the last redirect
    // Names in lower case. Those that a hub adds to its redirect (x-linked-...) count as well.
    std::map<std::string, std::string> headers = {};

    std::optional<std::uint64_t> number(const std::string& header) const;
    std::string text(const std::string& header) const;  // empty if there is none
};

// Scheme, host and port: who gets the token. Error{usage} for a text that is no URL of http or https.
std::string origin_of(const std::string& url);
// Whether nobody else can read what is sent: https, or this machine.
bool is_private(const std::string& url);

class Http {
  public:
    // The token goes to URLs of this origin only, and only where nobody else can read it.
    Http(std::string token, std::string token_origin);
    ~Http();
    Http(const Http&) = delete;
    Http& operator=(const Http&) = delete;

    struct Get {
        std::string url;
        std::vector<std::string> headers = {};
        // Called once with the status and the headers, for a status below 300, before the first
        // bytes.
        std::function<void(const Reply&)> on_reply = {};
        std::function<void(std::string_view bytes)> on_bytes = {};
    };
    // Follows up to ten redirects, never from https to http. The body of an error is in `body`. Throws
    // Broken, what the callbacks throw, and Error{run} for redirects that are refused. After Ctrl-C it
    // throws Interrupted.
    Reply get(const Get& get);

    struct Interrupted {};

    const std::string& body() const noexcept { return body_; }

  private:
    struct Transfer;
    Reply get_once(const Get& get, const std::string& url);

    void* curl_;
    std::string certificates_;  // a file; empty: what libcurl knows
    std::string token_;
    std::string token_origin_;
    std::string body_;
};

}  // namespace quire::pull
