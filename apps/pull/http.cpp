#include "apps/pull/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <memory>
#include <utility>

#include "apps/common/command.h"
#include "apps/pull/system.h"
#include "apps/pull/wanted.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::pull {

namespace {

constexpr int kMostRedirects = 10;
constexpr long kConnectSeconds = 30;
constexpr long kStallSeconds = 60;  // without a byte
constexpr std::size_t kMostErrorBytes = 4096;

struct UrlDeleter {
    void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (::curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
    std::string out(text);
    ::curl_free(text);
    return out;
}

Url parsed(const std::string& text) {
    Url url(::curl_url());
    const bool is_url =
        url && ::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
    const std::string scheme = is_url ? part_of(url.get(), CURLUPART_SCHEME) : "";
    if (scheme != "https" && scheme != "http") {
        throw Error(ErrorCode::usage, "",
                    "expected a URL of https or http, found " + base::quoted(text));
    }
    return url;
}

// The target of a redirect, which may be relative.
std::string resolved(const std::string& from, const std::string& location) {
    const Url url = parsed(from);
    char* text = nullptr;
    if (::curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK ||
        ::curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) {
        throw Error(ErrorCode::run, from, "redirects to no URL: " + base::quoted(location));
    }
    std::string out(text);
    ::curl_free(text);
    return out;
}

std::string trimmed(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

bool is_redirect(long status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::optional<std::uint64_t> Reply::number(const std::string& header) const {
    const std::string value = text(header);
    std::uint64_t n = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (fault != std::errc() || end != value.data() + value.size()) return std::nullopt;
    return n;
}

std::string Reply::text(const std::string& header) const {
    const auto found = headers.find(header);
    return found == headers.end() ? "" : found->second;
}

std::string origin_of(const std::string& url) {
    const Url parts = parsed(url);
    return part_of(parts.get(), CURLUPART_SCHEME) + "://" +
           lower_case(part_of(parts.get(), CURLUPART_HOST)) + ":" +
           part_of(parts.get(), CURLUPART_PORT);
}

bool is_private(const std::string& url) {
    const Url parts = parsed(url);
    const std::string host = lower_case(part_of(parts.get(), CURLUPART_HOST));
    return part_of(parts.get(), CURLUPART_SCHEME) == "https" || host == "localhost" ||
           host == "127.0.0.1" || host == "[::1]";
}

// One request, with what its callbacks need. An exception of a callback waits for the end of curl's
// function, which is C.
struct Http::Transfer {
    const Get& get;
    CURL* curl;
    std::string& body;
    Reply reply = {};
    bool announced = false;
    std::exception_ptr fault = nullptr;

    void announce() {
        if (std::exchange(announced, true)) return;
        ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
        if (reply.status < 300 && get.on_reply) get.on_reply(reply);
    }

    static std::size_t on_header(char* data, std::size_t size, std::size_t n, void* self) {
        auto& transfer = *static_cast<Transfer*>(self);
        const std::string line(data, size * n);
        if (line.starts_with("HTTP/")) transfer.reply.headers.clear();  // after an interim reply
        const std::size_t colon = line.find(':');
        if (colon != std::string::npos) {
            transfer.reply.headers[lower_case(line.substr(0, colon))] =
                trimmed(line.substr(colon + 1));
        }
        return size * n;
    }

    static std::size_t on_body(char* data, std::size_t size, std::size_t n, void* self) {
        auto& transfer = *static_cast<Transfer*>(self);
        const std::string_view bytes(data, size * n);
        try {
            transfer.announce();
            if (transfer.reply.status < 300) {
                transfer.get.on_bytes(bytes);
            } else if (transfer.body.size() < kMostErrorBytes) {
                transfer.body += bytes;
            }
        } catch (...) {
            transfer.fault = std::current_exception();
            return 0;
        }
        return bytes.size();
    }

    static int on_progress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        return common::interrupted() ? 1 : 0;
    }
};

Http::Http(std::string token, std::string token_origin)
    : token_(std::move(token)), token_origin_(std::move(token_origin)) {
    use_plain_name_service();
    certificates_ = certificate_file();
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
    curl_ = ::curl_easy_init();
    if (curl_ == nullptr) throw Error(ErrorCode::run, "network", "cannot be used");
}

Http::~Http() {
    ::curl_easy_cleanup(curl_);
}

Reply Http::get_once(const Get& get, const std::string& url) {
    CURL* curl = curl_;
    ::curl_easy_reset(curl);
    body_.clear();
    Transfer transfer{.get = get, .curl = curl, .body = body_};
    curl_slist* headers = nullptr;
    for (const std::string& header : get.headers) {
        headers = ::curl_slist_append(headers, header.c_str());
    }
    if (!token_.empty() && origin_of(url) == token_origin_ && is_private(url)) {
        headers = ::curl_slist_append(headers, ("Authorization: Bearer " + token_).c_str());
    }
    const std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> owned(
        headers, &::curl_slist_free_all);
    std::array<char, CURL_ERROR_SIZE> message{};
    const std::string agent = common::version_text();
    ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    ::curl_easy_setopt(curl, CURLOPT_USERAGENT, agent.c_str());
    ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (!certificates_.empty()) {
        ::curl_easy_setopt(curl, CURLOPT_CAINFO, certificates_.c_str());
    }
    ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
    ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
    ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
    ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    ::curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    ::curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    const CURLcode code = ::curl_easy_perform(curl);
    if (transfer.fault) std::rethrow_exception(transfer.fault);
    if (common::interrupted()) throw Interrupted();
    if (code != CURLE_OK) {
        const std::string what = message[0] == '\0' ? ::curl_easy_strerror(code) : message.data();
        const bool hopeless = code == CURLE_COULDNT_RESOLVE_HOST ||
                              code == CURLE_PEER_FAILED_VERIFICATION ||
                              code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CACERT_BADFILE;
        if (hopeless) throw Error(ErrorCode::run, origin_of(url), what);
        throw Broken(what);
    }
    transfer.announce();
    transfer.reply.url = url;
    return std::move(transfer.reply);
}

Reply Http::get(const Get& get) {
    std::string url = get.url;
    std::map<std::string, std::string> linked;
    for (int i = 0; i <= kMostRedirects; ++i) {
        Reply reply = get_once(get, url);
        for (const auto& [name, value] : reply.headers) {
            if (name.starts_with("x-linked-")) linked.emplace(name, value);
        }
        if (!is_redirect(reply.status)) {
            reply.headers.insert(linked.begin(), linked.end());
            return reply;
        }
        const std::string next = resolved(url, reply.text("location"));
        if (url.starts_with("https:") && !next.starts_with("https:")) {
            throw Error(ErrorCode::run, url, "redirects from https to " + base::quoted(next));
        }
        (void)parsed(next);
        url = next;
    }
    throw Error(ErrorCode::run, get.url,
                "redirects more than " + std::to_string(kMostRedirects) + " times");
}

}  // namespace quire::pull
