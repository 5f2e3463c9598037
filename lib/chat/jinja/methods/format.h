// The two ways of Python to format a string: "{}".format(...) and "%s" % ....
#pragma once

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// format.format(arguments), as jinja2's sandbox does it: fields are looked up as templates look up
// attributes and elements. Values that markup takes in are escaped.
Value format_fields(Context& context, const String& format, const Arguments& arguments);

// format % values; values is a tuple of them, a dict for %(name)s, or a single one.
Value format_percent(Context& context, const String& format, const Value& values);

}  // namespace quire::jinja
