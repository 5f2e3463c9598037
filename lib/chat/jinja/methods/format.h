// Python's two ways to format strings: "{}".format(...) and "%s" % ....
#pragma once

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

// format.format(arguments) as in jinja2's sandbox: fields are resolved like attributes and elements
// in templates. If the format is markup, values are escaped.
Value format_fields(Context& context, const String& format, const Arguments& arguments);

// format % values. `values` is a tuple, a dict for %(name)s, or a single value.
Value format_percent(Context& context, const String& format, const Value& values);

}  // namespace quire::jinja
