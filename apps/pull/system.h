// What a program that shares no library with the system must find out itself.
#pragma once

#include <string>

namespace quire::pull {

// Host names are looked up in /etc/hosts and by DNS. Other ways are libraries of the system, which belong to its own C
// library. Does nothing if the C library is the system's.
void use_plain_name_service();

// The file of certificates that the system trusts: that of SSL_CERT_FILE, or where distributions keep it. Empty if
// libcurl, as a library of the system, knows it.
std::string certificate_file();

}  // namespace quire::pull
