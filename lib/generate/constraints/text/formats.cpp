#include "lib/generate/constraints/text/formats.h"

#include <array>
#include <string>

#include "lib/generate/constraints/text/regex.h"

namespace quire::constraints {

namespace {

// source: RFC 3339; days of months as Appendix C has them. A leap second is only at the end of a day
// in some zone, so it is not written.
const std::string kDate =
    "(([0-9]{4})-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|"
    "02-(0[1-9]|1[0-9]|2[0-8]))|(([0-9]{2}(0[48]|[2468][048]|[13579][26]))|"
    "(0[048]|[2468][048]|[13579][26])00)-02-29)";
const std::string kTime =
    "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
const std::string kByte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const std::string kIpv4 = kByte + "(\\." + kByte + "){3}";
const std::string kGroup = "[0-9A-Fa-f]{1,4}";
const std::string kLabel = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const std::string kHostname = kLabel + "(\\." + kLabel + ")*";
const std::string kAtom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";

// source: RFC 4291, section 2.2: up to eight groups, one :: for groups of zeros.
std::string ipv6() {
    const std::string last = "(" + kGroup + ":" + kGroup + "|" + kIpv4 + ")";
    std::string out = "(" + kGroup + ":){6}" + last;
    for (int before = 0; before <= 7; ++before) {
        // `before` groups, ::, and at most 7 - before groups after it.
        const int after = 7 - before;
        out += "|";
        if (before > 0) out += kGroup;
        if (before > 1)
            out.append("(:").append(kGroup).append("){" + std::to_string(before - 1) + "}");
        out += "::(";
        if (after > 0) {
            out.append("(").append(kGroup).append("(:").append(kGroup);
            out.append("){0," + std::to_string(after - 1) + "})?");
        }
        if (after >= 2) {
            out.append("|(").append(kGroup);
            out.append(":){0," + std::to_string(after - 2) + "}").append(kIpv4);
        }
        out += ")";
    }
    return out;
}

// source: RFC 3986, Appendix A.
const std::string kPercent = "%[0-9A-Fa-f]{2}";
const std::string kChar = "([A-Za-z0-9._~!$&'()*+,;=:@-]|" + kPercent + ")";
const std::string kCharNoColon = "([A-Za-z0-9._~!$&'()*+,;=@-]|" + kPercent + ")";

std::string authority() {
    const std::string user = "(([A-Za-z0-9._~!$&'()*+,;=:-]|" + kPercent + ")*@)?";
    const std::string name = "([A-Za-z0-9._~!$&'()*+,;=-]|" + kPercent + ")*";
    return user + "(\\[(" + ipv6() + ")\\]|" + name + ")(:[0-9]*)?";
}

std::string after_path() {
    return "(\\?(" + kChar + "|[/?])*)?(#(" + kChar + "|[/?])*)?";
}

std::string uri() {
    return "[A-Za-z][A-Za-z0-9+.-]*:(//" + authority() + "(/" + kChar + "*)*|/(" + kChar + "+(/" +
           kChar + "*)*)?|" + kChar + "+(/" + kChar + "*)*|)" + after_path();
}

std::string uri_reference() {
    return "(" + uri() + "|(//" + authority() + "(/" + kChar + "*)*|/(" + kChar + "+(/" + kChar +
           "*)*)?|" + kCharNoColon + "+(/" + kChar + "*)*|)" + after_path() + ")";
}

// source: RFC 3339, Appendix A.
std::string duration() {
    const std::string time = "T([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S)";
    const std::string date = "([0-9]+Y([0-9]+M([0-9]+D)?)?|[0-9]+M([0-9]+D)?|[0-9]+D)";
    return "P([0-9]+W|" + date + "(" + time + ")?|" + time + ")";
}

const std::string kPointer = "(/([^/~]|~[01])*)*";

struct Format {
    std::string_view name;
    std::string (*pattern)();
};

const std::array kFormats = std::to_array<Format>({
    {"date-time", [] { return kDate + "[Tt]" + kTime; }},
    {"date", [] { return kDate; }},
    {"time", [] { return kTime; }},
    {"duration", duration},
    {"email",
     [] {
         return "(" + kAtom + "(\\." + kAtom + ")*|\"([ !#-\\[\\]-~]|\\\\[ -~])*\")@(" + kHostname +
                "|\\[" + kIpv4 + "\\]|\\[IPv6:(" + ipv6() + ")\\])";
     }},
    {"hostname", [] { return kHostname; }},
    {"ipv4", [] { return kIpv4; }},
    {"ipv6", ipv6},
    {"uri", uri},
    {"uri-reference", uri_reference},
    {"uuid", [] { return std::string("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"); }},
    {"json-pointer", [] { return kPointer; }},
    {"relative-json-pointer", [] { return "(0|[1-9][0-9]*)(#|" + kPointer + ")"; }},
});

}  // namespace

std::optional<CharDfa> format_dfa(std::string_view name) {
    for (const Format& format : kFormats) {
        if (format.name == name) return regex_dfa(format.pattern(), Match::whole);
    }
    return std::nullopt;
}

std::string known_formats() {
    std::string out;
    for (const Format& format : kFormats) {
        if (!out.empty()) out += ", ";
        out += format.name;
    }
    return out;
}

}  // namespace quire::constraints
