/* The checker on what grows: work and memory stay in proportion to the source. */
#include "unit/cel/cel_helper.h"

#include "base/buf.h"

#include <stdlib.h>

enum { SELECTS = 500 };

/* @first and a chain of long selects behind it, with @end behind that. */
static void chain(const char *first, const char *end, act_buf *out)
{
    act_buf_add(out, act_str_cstr(first));
    for (int i = 0; i < SELECTS; i++)
        act_buf_add(out, ACT_STR(".a_member_with_a_long_name"));
    act_buf_add(out, act_str_cstr(end));
    act_buf_add_byte(out, '\0');
    assert_int_equal(act_buf_err(out), 0);
}

/* Each of them was asked whether it is the name of something: 200 MB of candidates. */
static void long_chains_take_little_memory(void **state)
{
    (void)state;
    cel_env *env = test_env(NULL, 0);
    act_buf source = ACT_BUF_INIT;
    chain("m", "", &source);
    assert_type(env, source.ptr, "dyn");
    act_buf_clear(&source);
    chain("m", ".f(1)", &source);
    assert_refused(env, source.ptr, "undeclared reference to 'f'");
    act_buf_done(&source);
    cel_env_free(env);
}

static void long_names_are_found_behind_many_dots(void **state)
{
    (void)state;
    static const char name[] = "a.b.c.d.e.f.g.h.i.j.k.l";
    cel_env *env = test_env(NULL, 0);
    assert_int_equal(cel_env_var(env, name, "map(string, int)", NULL, NULL), 0);
    assert_int_equal(cel_env_func(env, "a.b.c.d.e.f.g.h.i.j.k.f", "(int) -> string", 0,
                                  NULL, NULL, NULL, NULL),
                     0);
    assert_type(env, "a.b.c.d.e.f.g.h.i.j.k.l", "map(string, int)");
    assert_type(env, ".a.b.c.d.e.f.g.h.i.j.k.l.m", "int");
    assert_type(env, "a.b.c.d.e.f.g.h.i.j.k.f(1)", "string");
    assert_refused(env, "a.b.c.d.e.f.g.h.i.j.k", "undeclared reference to 'a'");
    cel_env_free(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_chains_take_little_memory),
        cmocka_unit_test(long_names_are_found_behind_many_dots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
