#include "apps/pull/system.h"

#if defined(QUIRE_STATIC)

#include <nss.h>
#include <unistd.h>

#include <cstdlib>

namespace quire::pull {

void use_plain_name_service() {
    ::__nss_configure_lookup("hosts", "files dns");
}

std::string certificate_file() {
    if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr) return file;
    for (const char* file : {
             "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Alpine
             "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
             "/etc/pki/tls/certs/ca-bundle.crt",                   // older ones of these
             "/etc/ssl/ca-bundle.pem",                             // openSUSE
             "/etc/ssl/cert.pem",
         }) {
        if (::access(file, R_OK) == 0) return file;
    }
    return "";
}

}  // namespace quire::pull

#else

namespace quire::pull {

void use_plain_name_service() {}

std::string certificate_file() {
    return "";
}

}  // namespace quire::pull

#endif
