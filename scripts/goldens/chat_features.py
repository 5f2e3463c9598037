"""More small templates for make_chat_template_goldens.py: what few published templates use."""

FEATURES = [
    # str.format
    "{{ '<|{}|>'.format('user') }}", "{{ '{} {}'.format(1, 'a') }} {{ '{1}{0}'.format('a', 'b') }}", "{{ '{x} {y}'.format(x=1, y=none) }}",
    "{{ '{0.name} {0[name]} {1[0]}'.format(people[0], li) }}", "{{ '{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd') }}",
    "{{ '{:5d}|{:05d}|{:+d}|{: d}|{:,}|{:_}'.format(42, -42, 7, 7, 1234567, 1234567) }}",
    "{{ '{:x} {:X} {:o} {:b} {:#x} {:#b} {:c}'.format(255, 255, 8, 5, 255, 5, 65) }}",
    "{{ '{:.2f} {:8.3f} {:e} {:.0f} {:g} {:%} {:.1%}'.format(2.5, 3.14159, 12345.678, 0.5, 1e10, 0.25, 0.333) }}",
    "{{ '{:.3}|{:.3}|{:10.2}|{}'.format(1234.5, 12.0, 'abcdef', 1e16) }}", "{{ '{:{}}|{:{w}}'.format('a', 4, 'b', w=3) }}",
    "{{ '{!r} {!s}'.format('a', 'b') }}", "{{ '{{}} {{{}}}'.format(1) }}", "{{ '{'.format(1) }}", "{{ '}'.format(1) }}", "{{ '{} {0}'.format(1) }}",
    "{{ '{0} {}'.format(1) }}", "{{ '{}'.format() }}", "{{ '{x}'.format() }}", "{{ '{}'.format(missing) }}|", "{{ '{:5}'.format(missing) }}",
    "{{ '{} {} {}'.format(none, true, [1, 'a']) }}", "{{ '{:5}|{:d}'.format(true, true) }}", "{{ '{:5}'.format(none) }}", "{{ '{:5}'.format([1]) }}",
    "{{ '{:s}'.format(1) }}", "{{ '{:d}'.format('a') }}", "{{ '{:d}'.format(1.5) }}", "{{ '{a}-{b}'.format(**{'a': 1, 'b': 2}) }}",
    "{{ '{}{}'.format(*[1, 2]) }}", "{{ '{x.__class__}'.format(x=1) }}|", "{{ '{x[a]}'.format(x=d) }}", "{{ '{a}'.format_map(d) }}",
    "{{ '{:,.2f}'.format(1234567.891) }} {{ '{:+.1f}'.format(-0.04) }} {{ '{:10}|{:<10}|{:^10}'.format(1, 2, 3) }}",
    "{{ '{:=+7d}|{:0>5}|{:x<4}'.format(42, 7, 'é') }}", "{{ '{:.2f}'.format(3) }} {{ '{:e}'.format(0) }}", "{{ '{:nope}'.format(1) }}",
    "{{ '{:.1f} {:.1f} {:.1f}'.format(0.25, 0.35, 1e22) }}", "{{ '{:g} {:g} {:g} {:G}'.format(0.0001, 0.00001, 100000.0, 1e-10) }}",
    # %
    "{{ '%s %s' % (1, 'a') }}", "{{ '%s' % 'x' }} {{ '%s' % [1] }} {{ '%s' % d }}", "{{ '%d %5d|%-5d|%05d %i' % (1, 2, 3, 4, 5.9) }}",
    "{{ '%.2f %8.2f %e %g' % (1.005, 2.5, 12345.6, 0.0001) }}", "{{ '%x %X %o %#x' % (255, 255, 8, 255) }}", "{{ '%(a)s-%(b)05d' % d }}",
    "{{ '%r %r' % ('a', 1) }}", "{{ '%5s|%-5s|%.2s' % ('a', 'b', 'cde') }}", "{{ '%%' % () }} {{ '100%%' % [] }}", "{{ '%s' % (1, 2) }}",
    "{{ '%s %s' % 1 }}", "{{ '%d' % 'a' }}", "{{ '%' % 1 }}", "{{ '%(zz)s' % d }}", "{{ '%c%c' % ('a', 66) }}", "{{ '%*d' % (5, 42) }}",
    "{{ '%s' % missing }}|", "{{ '%+d % d' % (3, 3) }}", "{{ 'abc' % () }} {{ 'abc' % d }}", "{{ 'abc' % 1 }}", "{{ '%s-%s'|format(1, 'b') }} {{ '%(x)s'|format(x=5) }}",
    "{{ '%s'|format(1, x=2) }}", "{{ '%y' % 1 }}", "{{ '%03d|%+.1f' % (-5, 2) }}", "{{ '%s' % (none,) }} {{ '%s' % true }}", "{{ '%d' % big }}",
    # * and **
    "{% macro w(x, y) %}{{ x }}-{{ y }}{% endmacro %}{{ w(*[1, 2]) }} {{ w(1, *[2]) }} {{ w(**{'y': 1, 'x': 2}) }} {{ w(*[1], **{'y': 3}) }} {{ w(*[1], y=4) }}",
    "{{ range(*[1, 4])|list }} {{ dict(**d) }}", "{{ li|join(*['+']) }}", "{% macro w(x) %}{{ x }}{% endmacro %}{{ w(*[1, 2]) }}", "{{ dict(a=1, **{'a': 2}) }}",
    "{{ range(*3) }}", "{{ dict(**3) }}", "{{ range(*[1], 2) }}", "{{ 'abc'.replace(*'ab') }}", "{{ dict(**{1: 2}) }}", "{{ range(*missing) }}",
    # caller and call blocks
    "{% macro w(x) %}<{{ caller() }}{{ x }}>{% endmacro %}{% call w(1) %}a{{ n }}{% endcall %}",
    "{% macro w() %}{% for x in [1, 2] %}{{ caller(x, b=x) }};{% endfor %}{% endmacro %}{% call(a, b=9, c='z') w() %}{{ a }}{{ b }}{{ c }}{% endcall %}",
    "{% macro w() %}{{ caller() }}{% endmacro %}{{ w() }}", "{% macro w() %}{{ caller is defined }}{% if caller %}{{ caller() }}{% else %}none{% endif %}{% endmacro %}{{ w() }}{% call w() %}x{% endcall %}",
    "{% macro w() %}x{% endmacro %}{% call w() %}a{% endcall %}", "{% macro w(caller=none) %}{{ caller is none }}{% endmacro %}{{ w() }}{% call w() %}a{% endcall %}", "{% macro w(caller) %}{% endmacro %}",
    "{% call n() %}a{% endcall %}", "{% call 5 %}a{% endcall %}", "{% macro o() %}[{{ caller() }}]{% endmacro %}{% macro p() %}({{ caller() }}){% endmacro %}{% call o() %}{% call p() %}x{% endcall %}{% endcall %}",
    "{% set v = 1 %}{% macro w() %}{% set v = 2 %}{{ caller() }}{% endmacro %}{% call w() %}{{ v }}{% endcall %}", "{% macro w() %}{{ caller(1) }}{% endmacro %}{% call w() %}a{% endcall %}",
    # varargs and kwargs
    "{% macro w(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ w(1, 2, 3, x=4) }}{{ w() }}{{ w(1) }}", "{% macro w() %}{{ kwargs|tojson }}{% endmacro %}{{ w(b=1, a=2) }}{{ w(1) }}",
    "{% macro w() %}{% for x in varargs %}{{ x }},{% endfor %}{% endmacro %}{{ w(1, 2) }}{{ w(a=1) }}", "{% macro w(x) %}{{ varargs|length }}{% endmacro %}{{ w(x=1) }}{{ w(1, x=2) }}", "{{ varargs }}|{{ kwargs }}|{{ caller }}|",
    # recursive loops
    "{% for x in [[1, [2]], [3]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}:{{ loop.depth }}{{ loop.depth0 }}{% endif %}{% endfor %}",
    "{% for x in [1, 2] recursive %}{{ loop.index }}{{ x }}{% if x < 3 and loop.depth < 3 %}[{{ loop([x, x + 1]) }}]{% endif %}{% endfor %}", "{% for x in [1] %}{{ loop([2]) }}{% endfor %}",
    "{% for x in [[]] recursive %}{{ loop(x) }}{% else %}none{% endfor %}", "{% for x in li if x > 1 recursive %}{{ x }}{% if loop.depth == 1 %}<{{ loop([0, 5]) }}>{% endif %}{% endfor %}",
    "{% set v = 7 %}{% for x in [[1]] recursive %}{{ v }}{% set v = 8 %}{% if x is iterable %}{{ loop(x) }}{% endif %}{% endfor %}",
    # loop.changed, cycler, joiner
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }}{% endfor %}", "{% for x in [1, 1, 2] %}{{ loop.changed() }}{{ loop.changed(x, 1) }}{% endfor %}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{% set _ = c.reset() %}{{ c.next() }}", "{{ cycler() }}", "{{ cycler('a').zz }}|", "{{ cycler('a').next(1) }}",
    "{% set j = joiner('|') %}{{ j() }}a{{ j() }}b{{ j() }}", "{% set j = joiner() %}{{ j() }}{{ j() }}", "{{ joiner(1, 2) }}", "{% set j = joiner(5) %}{{ j() }}{{ j() }}",
    # escaping
    "{{ 'Use '|safe + '<b> \"q\" & \\'x' }}", "{{ '<b>' + '<i>'|safe }}", "{{ ('<b>'|safe) ~ '<i>' }}", "{{ '<b>'|e }} {{ '<b>'|escape|escape }} {{ '<b>'|e|forceescape }} {{ '<b>'|safe|e }}", "{{ 5|e }} {{ none|e }} {{ li|e }}",
    "{{ '<b>'|safe is escaped }} {{ '<b>' is escaped }} {{ 'a'|e is string }} {{ missing|e }}|", "{{ ('<b>'|safe) * 2 + '<' }}", "{{ ('<b> x'|safe).replace('x', '<') }} {{ '<x>'.replace('x', '<y>'|safe) }}",
    "{{ ('<b>,<i>'|safe).split(',')[0] + '<' }}", "{{ ('<b>'|safe)[0] + '<' }} {{ ('<b>'|safe)[1:] + '<' }}", "{{ ('<b>'|safe)|upper + '<' }} {{ ('<b>'|safe)|trim + '<' }} {{ ('<b>'|safe)|title + '<' }}",
    "{{ ('<b>'|safe)|replace('b', '<') + '<' }} {{ ('<b>'|safe)|string + '<' }} {{ ('<b>'|safe)|default('x') + '<' }} {{ ('<b>'|safe)|lower + '<' }}", "{{ [('<b>'|safe), '<i>']|join('<') }}", "{{ ('<'|safe).join(['<b>', 'x'|safe]) }}",
    "{{ '%s<'|safe % '<b>' }} {{ ('%s'|safe) % ('<b>'|safe) }} {{ ('{}<'|safe).format('<b>') }}", "{{ ('<b>'|safe)|tojson }} {{ [('<b>'|safe)] }} {{ {'a': '<'|safe} }}", "{{ ('<b>'|safe) == '<b>' }} {{ '<b>'|safe in ['<b>'] }} {{ {'<b>': 1}['<b>'|safe] }}",
    "{% set x %}<b>{% endset %}{{ x + '<' }}", "{% macro m() %}<b>{% endmacro %}{{ m() + '<' }}", "{{ ('<b>'|safe)|reverse + '<' }} {{ ('<b>\\n<i>'|safe)|indent(2) + '<' }}", "{{ ('<b>'|safe)|list }} {{ ('<b>'|safe)|first + '<' }}",
    "{{ ('<b>'|safe) + 1 }}", "{{ 1 + ('<b>'|safe) }}", "{{ ('<b>'|safe).strip('<') + '<' }} {{ ('<b>'|safe).partition('b')[0] + '<' }} {{ ('a'|safe).center(5, '<') }}", "{{ 's'|safe|length }} {{ ('<b>'|safe)|capitalize + '<' }}",
    "{{ ('a b'|safe).title() + '&' }} {{ ('a'|safe).upper() + '&' }} {{ ('a\\nb'|safe).splitlines()[0] + '&' }} {{ ('-a-'|safe).removeprefix('-') + '&' }}",
    "{{ 'a b&c/d?e=ü'|urlencode }} {{ {'a b': 'c&d', 'x': 1}|urlencode }} {{ [('k', 'v/w')]|urlencode }} {{ 5|urlencode }}", "{{ {'class': 'a<b', 'id': none, 'n': 1}|xmlattr }}|{{ {'a': 1}|xmlattr(false) }}", "{{ {'a b': 1}|xmlattr }}",
    # groupby and its like
    "{% for k, v in people|groupby('age') %}{{ k }}:{% for p in v %}{{ p.name }},{% endfor %};{% endfor %}", "{% for g in people|groupby('name') %}{{ g.grouper }}{{ g.list|length }}{{ g[0] }}{% endfor %}",
    "{{ people|groupby('at.x', default=9) }}", "{{ [{'n': 'b'}, {'n': 'B'}, {'n': 'a'}]|groupby('n') }}", "{{ [{'n': 'b'}, {'n': 'B'}, {'n': 'a'}]|groupby('n', case_sensitive=true) }}", "{{ people|groupby('zz') }}", "{{ [1]|groupby }}",
    "{{ [1, 2, 3, 4, 5]|slice(2)|list }} {{ [1, 2, 3]|slice(2, 'x')|list }} {{ [1]|slice(3)|list }} {{ []|slice(2)|list }}", "{{ [1]|slice(0)|list }}",
    "{{ 'one two, three_4 é-ß'|wordcount }} {{ ''|wordcount }} {{ 5|wordcount }}", "{{ 'foo bar baz qux'|truncate(9) }} {{ 'foo bar baz qux'|truncate(9, true) }} {{ 'foo bar baz qux'|truncate(11) }} {{ 'foo bar baz qux'|truncate(11, false, '...', 0) }} {{ 'abcdefghijklmnop'|truncate(5, false, '') }}",
    "{{ 'é' * 30 | string }} {{ ('é' * 300)|truncate|length }} {{ 'abc'|truncate(1) }}", "{{ 5|truncate }}", "{{ 'a'|center(5) }}|{{ 'ab'|center(5) }}|{{ 5|center(4) }}|",
    "{{ 1|filesizeformat }} {{ 0|filesizeformat }} {{ 999|filesizeformat }} {{ 1000|filesizeformat }} {{ 1234567|filesizeformat }} {{ 1024|filesizeformat(true) }} {{ '2048'|filesizeformat }} {{ 1e30|filesizeformat }}",
    "{{ s|attr('upper') is callable }} {{ d|attr('zz') }}|",
    # numbers
    "{{ '0x1F'|int(0, 16) }} {{ '1F'|int(base=16) }} {{ '0b11'|int(0, 2) }} {{ '0o17'|int(0, 8) }} {{ 'z'|int(base=36) }} {{ '0x1F'|int(9, 0) }} {{ '17'|int(9, 0) }} {{ '017'|int(9, 0) }} {{ 'g'|int(9, 16) }} {{ '12'|int(9, 2) }}",
    "{{ '-0x1f'|int(0, 16) }} {{ '+7'|int }} {{ '1_000'|int }} {{ '0x_1f'|int(5, 16) }} {{ 3.9|int(0, 16) }} {{ '5'|int(0, 1) }} {{ '5'|int(0, 37) }}",
    "{{ 12345678901234567890123 }} {{ 12345678901234567890123|tojson }} {{ [12345678901234567890123] }} {{ -12345678901234567890123 }} {{ '12345678901234567890123'|int }} {{ 1e25|int }}",
    "{{ 9223372036854775808 == 9223372036854775808.0 }} {{ 9223372036854775808 > 1 }} {{ -9223372036854775809 < -9223372036854775808 }} {{ 9223372036854775807 < 9223372036854775808 }} {{ 9223372036854775808 is integer }} {{ 9223372036854775808 is number }} {{ 9223372036854775808 in [9223372036854775808] }}",
    "{{ {9223372036854775808: 1}[9223372036854775808.0] }} {{ 9223372036854775808|abs }} {{ -9223372036854775809|abs }} {{ 9223372036854775808|string|length }} {{ 9223372036854775808|float }} {{ not 9223372036854775808 }} {{ 1e400|string }}",
    "{{ '%d|%s' % (9223372036854775808, 9223372036854775808) }} {{ '{:,}|{:>25}'.format(9223372036854775808, 9223372036854775808) }} {{ 9223372036854775808|round }}", "{{ 9223372036854775808 < 1e400 }} {{ -1e400 < 9223372036854775808 }} {{ 9223372036854775808 == 'nan'|float }}",
    # strings
    "{{ 'ab'.center(7) }}|{{ 'ab'.center(6, '*') }}|{{ 'a'.center(4, '*') }}|{{ 'ab'.ljust(4) }}|{{ 'ab'.rjust(4, '0') }}|{{ 'é'.rjust(3, 'ß') }}|", "{{ '7'.zfill(3) }} {{ '-7'.zfill(4) }} {{ '+7'.zfill(4) }} {{ ''.zfill(2) }} {{ 'abc'.zfill(2) }}",
    "{{ 'aB cD'.swapcase() }} {{ 'ß'.swapcase() }} {{ 'HeLLo'.casefold() }}", "{{ 'a\\tb\\n\\tc'.expandtabs(4) }} {{ 'ab\\tc'.expandtabs() }} {{ '\\ta'.expandtabs(0) }}|", "{{ 'ab'.center(7, 'xy') }}", "{{ 'ab'.center() }}",
    "{{ 'a\\nb'.splitlines('l') }}", "{{ 'a\\nb'.splitlines(true) }} {{ 'a\\nb'.splitlines(1) }} {{ 'a\\nb'.splitlines(keepends=false) }}", "{{ 'a\\nb'.splitlines(none) }}", "{{ 'a\\nb'.splitlines(1.5) }}",
    # tests
    "{{ missing is sameas(missing) }} {% set y = missing %}{{ y is sameas(y) }} {{ n is sameas n }} {{ li is sameas li }} {{ [] is sameas [] }}", "{{ 'upper' is filter }} {{ 'nosuch' is filter }} {{ 'odd' is test }} {{ 'nosuch' is test }} {{ 5 is filter }}",
    "{{ n is nosuch }}", "{% if n is nosuch %}{% endif %}", "{% if no %}{{ n is nosuch }}{% endif %}ok", "{{ n|nosuch if no else 'x' }}", "{{ n is nosuch if no else 'x' }}", "{% for x in li %}{{ x|nosuch }}{% endfor %}",
    "{% macro m() %}{{ 1|nosuch }}{% endmacro %}ok", "{% if no %}{% for x in li %}{{ x|nosuch }}{% endfor %}{% endif %}ok",
]
