/* Bytes as decisions: values for the variables and two well-typed expressions. Both keep
 * the laws of cel_laws.h, and what is made of them keeps those of logic. */
#include "fuzz/support/cel_laws.h"

/* @pattern with the expressions @a for 1 and @b for 2. */
static act_str compose(act_buf *out, const char *pattern, act_str a, act_str b)
{
    act_buf_clear(out);
    for (const char *p = pattern; *p; p++) {
        if (*p == '1' || *p == '2')
            act_buf_add(out, *p == '1' ? a : b);
        else
            act_buf_add_byte(out, *p);
    }
    fuzz_require(act_buf_err(out) == 0, "memory");
    return act_buf_str(out);
}

static void must_hold(cel_laws *l, act_str source)
{
    cel_law_result r = cel_laws_hold(l, source);
    if (r.state == CEL_LAW_REFUSED)
        (void)fprintf(stderr, "%.*s\n", ACT_STR_ARG(source));
    fuzz_require(r.state != CEL_LAW_REFUSED, "generated expressions compile");
}

static void must_equal(cel_laws *l, const char *left, const char *right, act_str a,
                       act_str b)
{
    act_buf text = ACT_BUF_INIT;
    cel_law_result x = cel_laws_evaluate(l, compose(&text, left, a, b));
    cel_law_result y = cel_laws_evaluate(l, compose(&text, right, a, b));
    bool same = cel_laws_same(x, y);
    if (!same)
        (void)fprintf(stderr, "1 is %.*s\n2 is %.*s\n%s\n", ACT_STR_ARG(a), ACT_STR_ARG(b),
                      left);
    fuzz_require(same, right);
    act_buf_done(&text);
}

static void check_logic(cel_laws *l, act_str a, act_str b)
{
    must_equal(l, "(1) && (2)", "(2) && (1)", a, b);
    must_equal(l, "(1) || (2)", "(2) || (1)", a, b);
    must_equal(l, "!((1) && (2))", "!(1) || !(2)", a, b);
    must_equal(l, "!((1) || (2))", "!(1) && !(2)", a, b);
}

static void check_equality(cel_laws *l, act_str a, act_str b)
{
    must_equal(l, "(1) != (2)", "!((1) == (2))", a, b);
    must_equal(l, "(1) == (2)", "(2) == (1)", a, b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char types[] = "biudsytkLSMeo";
    fuzz_input in = { data, size, 0 };
    cel_laws *l = cel_laws_open();
    act_buf a = ACT_BUF_INIT, b = ACT_BUF_INIT;
    char type = types[fuzz_below(&in, sizeof types - 1)];
    cel_gen_expression(&in, CEL_GEN_ALL, (enum cel_gen_type)type, &a);
    cel_gen_expression(&in, CEL_GEN_ALL, (enum cel_gen_type)type, &b);
    cel_laws_draw(l, &in);
    must_hold(l, act_buf_str(&a));
    must_hold(l, act_buf_str(&b));
    if (type == 'b')
        check_logic(l, act_buf_str(&a), act_buf_str(&b));
    check_equality(l, act_buf_str(&a), act_buf_str(&b));
    act_buf_done(&a);
    act_buf_done(&b);
    return 0;
}
