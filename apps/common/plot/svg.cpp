#include "apps/common/plot/svg.h"

#include <spdlog/fmt/fmt.h>

#include "lib/base/utf8.h"

namespace quire::common {

namespace {

// Colours that people who confuse some of them can tell apart (Okabe and Ito), on white and on black.
constexpr std::string_view kStyle =
    "<style>"
    "svg{background:#fff;font:12px sans-serif}"
    ".label{fill:#222}.title{fill:#222;font-size:14px;font-weight:bold}"
    ".axis{stroke:#555;fill:none}.grid{stroke:#ddd;fill:none}"
    "polyline{fill:none;stroke-width:2}"
    "polyline.s0{stroke:#0072b2}polyline.s1{stroke:#d55e00}polyline.s2{stroke:#009e73}"
    "polyline.s3{stroke:#cc79a7}polyline.s4{stroke:#e69f00}polyline.s5{stroke:#56b4e9}"
    "polyline.s6{stroke:#999}polyline.s7{stroke:#a6a600}"
    "rect.s0,circle.s0{fill:#0072b2}rect.s1,circle.s1{fill:#d55e00}rect.s2,circle.s2{fill:#009e73}"
    "rect.s3,circle.s3{fill:#cc79a7}rect.s4,circle.s4{fill:#e69f00}rect.s5,circle.s5{fill:#56b4e9}"
    "rect.s6,circle.s6{fill:#999}rect.s7,circle.s7{fill:#a6a600}"
    "@media(prefers-color-scheme:dark){svg{background:#111}.label,.title{fill:#ddd}"
    ".axis{stroke:#aaa}.grid{stroke:#333}}"
    "</style>";

constexpr std::string_view name_of(Anchor anchor) {
    switch (anchor) {
        case Anchor::middle:
            return "middle";
        case Anchor::end:
            return "end";
        default:
            return "start";
    }
}

}  // namespace

std::string xml_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const base::CodePoint c = base::decode_utf8(text);
        const std::string_view bytes = text.substr(0, static_cast<std::size_t>(c.length));
        const bool allowed = c.valid && (c.value >= 0x20 || c.value == '\n' || c.value == '\t') &&
                             c.value != 0xFFFE && c.value != 0xFFFF;
        if (!allowed) {
            out += "\xEF\xBF\xBD";
        } else if (bytes == "&") {
            out += "&amp;";
        } else if (bytes == "<") {
            out += "&lt;";
        } else if (bytes == ">") {
            out += "&gt;";
        } else if (bytes == "\"") {
            out += "&quot;";
        } else if (bytes == "'") {
            out += "&#39;";
        } else {
            out += bytes;
        }
        text.remove_prefix(bytes.size());
    }
    return out;
}

Svg::Svg(double width, double height, std::string_view title)
    : out_(fmt::format(
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" "
          "width=\"{0:g}\" height=\"{1:g}\" role=\"img\">\n{2}\n<title>{3}</title>\n{4}\n",
          width, height, kPictureMark, xml_text(title), kStyle)) {}

void Svg::line(Point from, Point to, std::string_view css_class) {
    out_ += fmt::format(
        "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", css_class,
        from.x, from.y, to.x, to.y);
}

void Svg::polyline(std::span<const Point> points, std::string_view css_class) {
    out_ += fmt::format("<polyline class=\"{}\" points=\"", css_class);
    for (const Point& point : points) out_ += fmt::format("{:.1f},{:.1f} ", point.x, point.y);
    if (!points.empty()) out_.pop_back();
    out_ += "\"/>\n";
}

void Svg::circle(Point center, double radius, std::string_view css_class) {
    out_ += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n",
                        css_class, center.x, center.y, radius);
}

void Svg::rect(Point corner, double width, double height, std::string_view css_class) {
    out_ += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
        css_class, corner.x, corner.y, width, height);
}

void Svg::text(Point at, std::string_view text, Anchor anchor, std::string_view css_class) {
    out_ +=
        fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n",
                    css_class, at.x, at.y, name_of(anchor), xml_text(text));
}

void Svg::upright_text(Point at, std::string_view text) {
    out_ += fmt::format(
        "<text class=\"label\" transform=\"translate({:.1f} {:.1f}) rotate(-90)\" "
        "text-anchor=\"middle\">{}</text>\n",
        at.x, at.y, xml_text(text));
}

std::string Svg::finish() && {
    out_ += "</svg>\n";
    return std::move(out_);
}

}  // namespace quire::common
