/* What people read: each error of a compilation with its line and a caret under the place,
 * each error of an evaluation with line and column. */
#include "eval_helper.h"

static eval_bench bench;

static int open_bench(void **state)
{
    (void)state;
    eval_bench_open(&bench, NULL, 0);
    return 0;
}

static int close_bench(void **state)
{
    (void)state;
    eval_bench_close(&bench);
    return 0;
}

/* Columns count code points; the caret stands under the place. */
static const eval_case refused[] = {
    /* syntax */
    { "",
      "ERROR: <input>:1:1: Syntax error: unexpected end of input, expected an expression\n"
      " | \n"
      " | ^" },
    { "1 +",
      "ERROR: <input>:1:4: Syntax error: unexpected end of input, expected an expression\n"
      " | 1 +\n"
      " | ...^" },
    { "(1 + 2", "ERROR: <input>:1:7: Syntax error: unexpected end of input, expected ')'\n"
                " | (1 + 2\n"
                " | ......^" },
    { "audit.verb = 'create'",
      "ERROR: <input>:1:12: Syntax error: token recognition error at: '='\n"
      " | audit.verb = 'create'\n"
      " | ...........^" },
    { "audit.verb == 'create",
      "ERROR: <input>:1:15: Syntax error: token recognition error at: ''create'\n"
      " | audit.verb == 'create\n"
      " | ..............^" },
    { "'\\q' == actor",
      "ERROR: <input>:1:1: Syntax error: invalid escape sequence in literal\n"
      " | '\\q' == actor\n"
      " | ^" },
    { "a ? b", "ERROR: <input>:1:6: Syntax error: unexpected end of input, expected ':'\n"
               " | a ? b\n"
               " | .....^" },
    { "[1, 2",
      "ERROR: <input>:1:6: Syntax error: unexpected end of input, expected ',' or ']'\n"
      " | [1, 2\n"
      " | .....^" },
    { "\"\u00e4\u00f6\" + #",
      "ERROR: <input>:1:8: Syntax error: token recognition error at: '#'\n"
      " | \"äö\" + #\n"
      " | .......^" },
    /* what takes two columns of a terminal, or none, is one character of the message */
    { "'\u96c6\u7fa4' + #",
      "ERROR: <input>:1:8: Syntax error: token recognition error at: '#'\n"
      " | '\u96c6\u7fa4' + #\n"
      " | .........^" },
    { "'e\u0301' + #", "ERROR: <input>:1:8: Syntax error: token recognition error at: '#'\n"
                       " | 'e\u0301' + #\n"
                       " | ......^" },
    { "'\U0001f680\ufe0f' + #",
      "ERROR: <input>:1:8: Syntax error: token recognition error at: '#'\n"
      " | '\U0001f680\ufe0f' + #\n"
      " | .......^" },
    { "\t\t'\u0e01\u0e34' +\t", /* two tabs, a letter with a vowel on it, the end */
      "ERROR: <input>:1:10: Syntax error: unexpected end of input, expected an expression\n"
      " |   '\u0e01\u0e34' + \n"
      " | ........^" },
    { "'\x1b[31m' + #", /* nothing that a terminal would obey */
      "ERROR: <input>:1:11: Syntax error: token recognition error at: '#'\n"
      " | ' [31m' + #\n"
      " | ..........^" },
    { "actor ==\r\n'x' +\r\n",
      "ERROR: <input>:3:1: Syntax error: unexpected end of input, expected an expression\n"
      " | \n"
      " | ^" },
    { "audit.verb ==\n  'create' &&\n  & true",
      "ERROR: <input>:3:3: Syntax error: token recognition error at: '&'\n"
      " |   & true\n"
      " | ..^" },
    { "actor ==\t'x' |",
      "ERROR: <input>:1:14: Syntax error: token recognition error at: '|'\n"
      " | actor == 'x' |\n"
      " | .............^" },
    /* literals */
    { "99999999999999999999", "ERROR: <input>:1:1: invalid int literal\n"
                              " | 99999999999999999999\n"
                              " | ^" },
    { "actor == 'a' &&\n1e999 > 1.0",
      "ERROR: <input>:2:1: exponent of a number is above 400\n"
      " | 1e999 > 1.0\n"
      " | ^" },
    { "'\\ud800'", "ERROR: <input>:1:1: invalid unicode code point\n"
                   " | '\\ud800'\n"
                   " | ^" },
    /* names */
    { "verb == 'create'",
      "ERROR: <input>:1:1: undeclared reference to 'verb' (in container '')\n"
      " | verb == 'create'\n"
      " | ^" },
    { "audit.verb == 'x' ||\n  nobody.name == 'y'",
      "ERROR: <input>:2:3: undeclared reference to 'nobody' (in container '')\n"
      " |   nobody.name == 'y'\n"
      " | ..^" },
    { "frobnicate(1)",
      "ERROR: <input>:1:11: undeclared reference to 'frobnicate' (in container '')\n"
      " | frobnicate(1)\n"
      " | ..........^" },
    { "actor.frobnicate()",
      "ERROR: <input>:1:17: undeclared reference to 'frobnicate' (in container '')\n"
      " | actor.frobnicate()\n"
      " | ................^" },
    { "math.foo(actor) + nobody", /* one error for the two names */
      "ERROR: <input>:1:1: undeclared reference to 'math.foo' (in container '')\n"
      " | math.foo(actor) + nobody\n"
      " | ^\n"
      "ERROR: <input>:1:19: undeclared reference to 'nobody' (in container '')\n"
      " | math.foo(actor) + nobody\n"
      " | ..................^" },
    { "!regex.matches(nobody, 'b')", /* a member function has that name */
      "ERROR: <input>:1:2: undeclared reference to 'regex.matches' (in container '')\n"
      " | !regex.matches(nobody, 'b')\n"
      " | .^\n"
      "ERROR: <input>:1:16: undeclared reference to 'nobody' (in container '')\n"
      " | !regex.matches(nobody, 'b')\n"
      " | ...............^" },
    { "nobody.matches('a', 'b')", /* no error that follows from another */
      "ERROR: <input>:1:1: undeclared reference to 'nobody' (in container '')\n"
      " | nobody.matches('a', 'b')\n"
      " | ^" },
    { "[1].map(math, math.foo(1))", /* a variable has the name */
      "ERROR: <input>:1:23: undeclared reference to 'foo' (in container '')\n"
      " | [1].map(math, math.foo(1))\n"
      " | ......................^" },
    { "if == 1", "ERROR: <input>:1:1: reserved identifier: if\n"
                 " | if == 1\n"
                 " | ^" },
    { "Message{field: 1}",
      "ERROR: <input>:1:8: undeclared reference to 'Message' (in container '')\n"
      " | Message{field: 1}\n"
      " | .......^" },
    /* types */
    { "actor + 1", "ERROR: <input>:1:7: found no matching overload for '_+_' applied to "
                   "'(string, int)'\n"
                   " | actor + 1\n"
                   " | ......^" },
    { "actor == 1", "ERROR: <input>:1:7: found no matching overload for '_==_' applied to "
                    "'(string, int)'\n"
                    " | actor == 1\n"
                    " | ......^" },
    { "actor && true", "ERROR: <input>:1:1: expected type 'bool' but found 'string'\n"
                       " | actor && true\n"
                       " | ^" },
    { "!actor",
      "ERROR: <input>:1:1: found no matching overload for '!_' applied to '(string)'\n"
      " | !actor\n"
      " | ^" },
    { "actor.name", "ERROR: <input>:1:6: type 'string' does not support field selection\n"
                    " | actor.name\n"
                    " | .....^" },
    { "actor.startsWith(1)", "ERROR: <input>:1:17: found no matching overload for "
                             "'startsWith' applied to 'string.(int)'\n"
                             " | actor.startsWith(1)\n"
                             " | ................^" },
    { "size(1)",
      "ERROR: <input>:1:5: found no matching overload for 'size' applied to '(int)'\n"
      " | size(1)\n"
      " | ....^" },
    { "1 < 'a'", "ERROR: <input>:1:3: found no matching overload for '_<_' applied to "
                 "'(int, string)'\n"
                 " | 1 < 'a'\n"
                 " | ..^" },
    { "actor.all(x, true)", "ERROR: <input>:1:1: expression of type 'string' cannot be "
                            "range of a comprehension (must be list, map, or dynamic)\n"
                            " | actor.all(x, true)\n"
                            " | ^" },
    { "[1].all(x, x)", "ERROR: <input>:1:12: expected type 'bool' but found 'int'\n"
                       " | [1].all(x, x)\n"
                       " | ...........^" },
    { "[1].map(x, x + 'a')", "ERROR: <input>:1:14: found no matching overload for '_+_' "
                             "applied to '(int, string)'\n"
                             " | [1].map(x, x + 'a')\n"
                             " | .............^" },
    { "true ? 1 : x", "ERROR: <input>:1:12: undeclared reference to 'x' (in container '')\n"
                      " | true ? 1 : x\n"
                      " | ...........^" },
    /* macros */
    { "has(audit)", "ERROR: <input>:1:5: invalid argument to has() macro\n"
                    " | has(audit)\n"
                    " | ....^" },
    { "[1].all(1, true)", "ERROR: <input>:1:9: argument must be a simple name\n"
                          " | [1].all(1, true)\n"
                          " | ........^" },
    { "[1].map(x.y, x)", "ERROR: <input>:1:10: argument is not an identifier\n"
                         " | [1].map(x.y, x)\n"
                         " | .........^" },
    { "cel.bind(1, 2, 3)",
      "ERROR: <input>:1:10: cel.bind() variable names must be simple identifiers\n"
      " | cel.bind(1, 2, 3)\n"
      " | .........^" },
    /* values known to be wrong */
    { "actor.matches('(')",
      "ERROR: <input>:1:15: invalid regular expression: missing ): (\n"
      " | actor.matches('(')\n"
      " | ..............^" },
    { "actor.find('a**')",
      "ERROR: <input>:1:12: invalid regular expression: bad repetition operator: **\n"
      " | actor.find('a**')\n"
      " | ...........^" },
    { "regex.extract(actor, r'\\C')",
      "ERROR: <input>:1:22: invalid regular expression: \\C is not supported\n"
      " | regex.extract(actor, r'\\C')\n"
      " | .....................^" },
    { "timestamp('yesterday')", "ERROR: <input>:1:11: invalid timestamp argument: type "
                                "conversion error from 'string' to 'timestamp'\n"
                                " | timestamp('yesterday')\n"
                                " | ..........^" },
    { "duration('1 day')", "ERROR: <input>:1:10: invalid duration argument: type "
                           "conversion error from 'string' to 'duration'\n"
                           " | duration('1 day')\n"
                           " | .........^" },
    { "{'a': 1, 'a': 2}", "ERROR: <input>:1:10: duplicate map key\n"
                          " | {'a': 1, 'a': 2}\n"
                          " | .........^" },
    { "{1.5: 2}", "ERROR: <input>:1:2: unsupported key type\n"
                  " | {1.5: 2}\n"
                  " | .^" },
    { "'%d'.format(['x'])", "ERROR: <input>:1:14: error during formatting: decimal clause "
                            "can only be used on ints, uints, and doubles\n"
                            " | '%d'.format(['x'])\n"
                            " | .............^" },
    { "'%s %s'.format([1])", "ERROR: <input>:1:1: index 1 out of range\n"
                             " | '%s %s'.format([1])\n"
                             " | ^" },
    { "ip('1.2.3')", "ERROR: <input>:1:4: invalid ip argument: IP address parse error "
                     "during conversion from string: not a plain IPv4 or IPv6 address\n"
                     " | ip('1.2.3')\n"
                     " | ...^" },
    /* more than one */
    { "x + y + actor + z",
      "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n"
      " | x + y + actor + z\n"
      " | ^\n"
      "ERROR: <input>:1:5: undeclared reference to 'y' (in container '')\n"
      " | x + y + actor + z\n"
      " | ....^\n"
      "ERROR: <input>:1:17: undeclared reference to 'z' (in container '')\n"
      " | x + y + actor + z\n"
      " | ................^" },
    { "x ==\n 1 && y ==\n 2",
      "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n"
      " | x ==\n"
      " | ^\n"
      "ERROR: <input>:2:7: undeclared reference to 'y' (in container '')\n"
      " |  1 && y ==\n"
      " | ......^" },
};

static void errors_of_a_compilation_point_to_the_place(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < ACT_COUNT(refused); i++) {
        cel_program *p = NULL;
        int err = cel_compile(bench.env, act_str_cstr(refused[i].source), 0, NULL,
                              bench.errors, &p);
        act_str text = err ? cel_errors_text(bench.errors) : ACT_STR("no error");
        if (!act_str_eq_cstr(text, refused[i].want)) {
            print_error("%s\n--- is\n%.*s\n--- want\n%s\n\n", refused[i].source,
                        ACT_STR_ARG(text), refused[i].want);
            wrong++;
        }
        cel_program_free(p);
    }
    assert_int_equal(wrong, 0);
}

/* LINE:COLUMN TEXT */
static const eval_case failing[] = {
    { "audit.missing", "1:6 no such key: missing" },
    { "audit.verb == 'x' ||\n  audit.objectRef.absent == 'y'", "2:18 no such key: absent" },
    { "'\u00e4\u00f6\u00fc' + audit.missing", "1:14 no such key: missing" },
    { "!has(audit.missing.name)", "1:19 no such key: missing" },
    { "audit.absent in ['a']", "1:6 no such key: absent" },
    { "audit.absent > 3", "1:6 no such key: absent" },
    { "audit.absent.startsWith('x')", "1:6 no such key: absent" },
    { "audit['a' + actor]", "1:6 no such key: aalice" },
    { "audit.numbers[3]", "1:14 index out of bounds: 3" },
    { "audit.numbers[0.5]", "1:14 a list is indexed by whole numbers" },
    { "{1: 'a'}[2]", "1:9 no such key: 2" },
    { "audit.verb.name", "1:11 no such overload" },
    { "1 + 2 / 0", "1:7 division by zero" },
    { "5 %\n0", "1:3 modulus by zero" },
    { "9223372036854775807 + 1", "1:21 integer overflow" },
    { "-(-9223372036854775808)", "1:1 integer overflow" },
    { "int(actor)", "1:4 type conversion error from 'string' to 'int'" },
    { "timestamp(actor)", "1:10 type conversion error from 'string' to 'timestamp'" },
    { "audit.verb < 1", "1:12 no such overload" },
    { "audit.verb + 1", "1:12 no such overload" },
    { "audit.verb && true", "1:12 no such overload" },
    { "audit.verb ? 1 : 2", "1:12 no such overload" },
    { "unbound", "1:1 undeclared reference to 'unbound'" },
    { "true && unbound.x", "1:16 undeclared reference to 'unbound'" },
    { "'x'.matches(actor + '(')", "1:12 invalid regular expression: missing ): alice(" },
    { "actor.substring(7)", "1:16 index out of range: 7" },
    { "'%d'.format([dyn('x')])", "1:12 error during formatting: decimal clause can only be "
                                 "used on ints, uints, and doubles, was given string" },
    { "[1, 2].map(x, 1 / (x - 1))", "1:17 division by zero" },
    { "cel.bind(x, audit.missing, x == 1)", "1:18 no such key: missing" },
    { "optional.none().value()", "1:22 optional.none() dereference" },
    { "{dyn('a'): 1, dyn('a'): 2}", "1:1 duplicate map key" },
    { "ip(actor)", "1:3 IP address parse error during conversion from string: not a plain "
                   "IPv4 or IPv6 address" },
    { "quantity(actor)", "1:9 quantities must match the regular expression "
                         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" },
    { "url(actor)", "1:4 URL parse error during conversion from string: neither an "
                    "absolute URI nor an absolute path" },
    { "lists.range(100001)", "1:12 memory limit exceeded" },
};

static void errors_of_an_evaluation_have_a_place(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < ACT_COUNT(failing); i++) {
        ACT_AUTO(cel_program) p = NULL;
        cel_value v;
        act_err e = ACT_ERR_INIT;
        char text[600];
        if (cel_compile(bench.env, act_str_cstr(failing[i].source), 0, NULL, bench.errors,
                        &p))
            fail_msg("%s", cel_errors_text(bench.errors).ptr);
        if (cel_eval(p, bench.ctx, &v, &e))
            snprintf(text, sizeof text, "%u:%u %s", (unsigned)e.line, (unsigned)e.column,
                     e.text);
        else
            snprintf(text, sizeof text, "no error");
        if (strcmp(text, failing[i].want) != 0) {
            print_error("%s\n--- is\n%s\n--- want\n%s\n\n", failing[i].source, text,
                        failing[i].want);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_a_compilation_point_to_the_place),
        cmocka_unit_test(errors_of_an_evaluation_have_a_place),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
