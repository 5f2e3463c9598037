// The one writer of pictures: plain SVG with text as text, small, readable in a light and a dark page, and
// without anything from outside the file.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quire::common {

// In the front of every picture: who made it.
inline constexpr std::string_view kPictureMark = "<desc>made by Quire</desc>";

struct Point {
    double x = 0;
    double y = 0;
};

// & < > " ' as entities; control characters, which XML cannot hold, as U+FFFD.
std::string xml_text(std::string_view text);

enum class Anchor : std::uint8_t { start, middle, end };

// Coordinates are in pixels from the top left. Colours come from the classes "axis", "grid", "label" and
// "s0" to "s7" (series), which the file's style sheet sets.
class Svg {
  public:
    // The title is what a screen reader says of the picture.
    Svg(double width, double height, std::string_view title);

    void line(Point from, Point to, std::string_view css_class);
    void polyline(std::span<const Point> points, std::string_view css_class);
    void circle(Point center, double radius, std::string_view css_class);
    void rect(Point corner, double width, double height, std::string_view css_class);
    void text(Point at, std::string_view text, Anchor anchor = Anchor::start,
              std::string_view css_class = "label");
    // The same, turned to be read from bottom to top.
    void upright_text(Point at, std::string_view text);

    // The whole file.
    std::string finish() &&;

  private:
    std::string out_;
};

}  // namespace quire::common
