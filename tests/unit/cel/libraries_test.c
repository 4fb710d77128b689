/* Named sets: an environment has what it was given and no more, up to the version asked
 * for. */
#include "cel/env_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static cel_env *env_with(enum cel_lib_id lib, uint32_t version)
{
    cel_env *env;
    assert_int_equal(cel_env_new(NULL, &env), ACT_OK);
    assert_int_equal(cel_env_lib(env, CEL_LIB_STD, CEL_LIB_NEWEST), ACT_OK);
    if (lib != CEL_LIB_STD)
        assert_int_equal(cel_env_lib(env, lib, version), ACT_OK);
    return env;
}

static bool compiles(const cel_env *env, const char *text)
{
    cel_program *p = NULL;
    int err = cel_compile(env, act_str_cstr(text), CEL_COMPILE_CHECK_ONLY, NULL, NULL, &p);
    assert_true(err == ACT_OK || err == ACT_EPARSE);
    cel_program_free(p);
    return err == ACT_OK;
}

/* Of every library and version: something that came with it. */
static const struct {
    enum cel_lib_id lib;
    uint32_t since;
    const char *text;
} samples[] = {
    { CEL_LIB_STRINGS, 0, "'a'.charAt(0)" },
    { CEL_LIB_STRINGS, 0, "'a'.indexOf('a') + 'a'.lastIndexOf('a')" },
    { CEL_LIB_STRINGS, 0, "'a'.lowerAscii() + 'a'.upperAscii() + 'a'.trim()" },
    { CEL_LIB_STRINGS, 0, "'a'.replace('a', 'b').substring(0).split('')" },
    { CEL_LIB_STRINGS, 0, "['a'].join()" },
    { CEL_LIB_STRINGS, 1, "'%s'.format([1])" },
    { CEL_LIB_STRINGS, 1, "strings.quote('a')" },
    { CEL_LIB_STRINGS, 3, "'ab'.reverse()" },
    { CEL_LIB_MATH, 0, "math.greatest(1, 2)" },
    { CEL_LIB_MATH, 0, "math.least([1, 2])" },
    { CEL_LIB_MATH, 1,
      "math.ceil(1.5) + math.floor(1.5) + math.round(1.5) + math.trunc(1.5)" },
    { CEL_LIB_MATH, 1, "math.isNaN(1.0) || math.isInf(1.0) || math.isFinite(1.0)" },
    { CEL_LIB_MATH, 1, "math.abs(1) + math.sign(1)" },
    { CEL_LIB_MATH, 1, "math.bitAnd(1, 2) + math.bitOr(1, 2) + math.bitXor(1, 2)" },
    { CEL_LIB_MATH, 1,
      "math.bitNot(1) + math.bitShiftLeft(1, 1) + math.bitShiftRight(1, 1)" },
    { CEL_LIB_MATH, 2, "math.sqrt(4)" },
    { CEL_LIB_LISTS, 0, "[1].slice(0, 1)" },
    { CEL_LIB_LISTS, 1, "[[1]].flatten()" },
    { CEL_LIB_LISTS, 1, "[[1]].flatten(1)" },
    { CEL_LIB_LISTS, 2, "[1].sort()" },
    { CEL_LIB_LISTS, 2, "[1].sortBy(x, x)" },
    { CEL_LIB_LISTS, 2, "[1].distinct().reverse()" },
    { CEL_LIB_LISTS, 2, "lists.range(1)" },
    { CEL_LIB_SETS, 0, "sets.contains([1], [1])" },
    { CEL_LIB_SETS, 0, "sets.equivalent([1], [1]) || sets.intersects([1], [1])" },
    { CEL_LIB_ENCODERS, 0, "base64.decode(base64.encode(b'a'))" },
    { CEL_LIB_OPTIONAL, 0, "optional.of(1).hasValue()" },
    { CEL_LIB_OPTIONAL, 0, "{'a': 1}.?a" },
    { CEL_LIB_OPTIONAL, 0, "[1][?0]" },
    { CEL_LIB_OPTIONAL, 0, "[?optional.none()]" },
    { CEL_LIB_OPTIONAL, 0, "{?'a': optional.none()}" },
    { CEL_LIB_OPTIONAL, 0, "optional.of(1).optMap(x, x)" },
    { CEL_LIB_OPTIONAL, 0, "type(1) == optional_type" },
    { CEL_LIB_OPTIONAL, 1, "optional.of(1).optFlatMap(x, optional.of(x))" },
    { CEL_LIB_OPTIONAL, 2, "[1].first() == [1].last()" },
    { CEL_LIB_OPTIONAL, 2, "optional.unwrap([optional.of(1)])" },
    { CEL_LIB_OPTIONAL, 2, "[optional.of(1)].unwrapOpt()" },
    { CEL_LIB_BINDINGS, 0, "cel.bind(x, 1, x)" },
    { CEL_LIB_TWOVAR, 0, "[1].all(i, v, i < v)" },
    { CEL_LIB_TWOVAR, 0, "[1].transformMap(i, v, v)" },
    { CEL_LIB_REGEX, 0, "regex.replace('a', 'a', 'b')" },
    { CEL_LIB_K8S_REGEX, 0, "'a'.find('a') == 'a'.findAll('a')[0]" },
    { CEL_LIB_K8S_LISTS, 0, "[1].sum() + [1].min() + [1].max() + [1].indexOf(1)" },
    { CEL_LIB_K8S_LISTS, 0, "[1].isSorted()" },
    { CEL_LIB_K8S_LISTS, 1, "[1].includes(1)" },
    { CEL_LIB_URL, 0, "url('/a').getEscapedPath()" },
    { CEL_LIB_URL, 0, "type(1) == kubernetes.URL" },
    { CEL_LIB_NET, 0, "cidr('::/0').containsIP(ip('::1'))" },
    { CEL_LIB_NET, 1, "cidr('::/0').isMask()" },
    { CEL_LIB_QUANTITY, 0, "quantity('1').add(1).isLessThan(quantity('2'))" },
    { CEL_LIB_SEMVER, 0, "semver('1.0.0').major()" },
    { CEL_LIB_SEMVER, 1, "semver('v1', true).isLessThan(semver('2.0.0'))" },
    { CEL_LIB_SEMVER, 1, "isSemver('v1', true)" },
    { CEL_LIB_FORMAT, 0, "format.uuid().validate('a')" },
    { CEL_LIB_JSONPATCH, 0, "jsonpatch.escapeKey('a')" },
    { CEL_LIB_BLOCK, 0, "cel.block([1], cel.index(0))" },
};

static void a_version_has_what_came_up_to_it(void **state)
{
    (void)state;
    for (int id = 1; id < CEL_LIB_COUNT; id++) {
        enum cel_lib_id lib = (enum cel_lib_id)id;
        size_t seen = 0;
        for (uint32_t version = 0; version <= cel_library_by_id(lib)->newest; version++) {
            ACT_AUTO(cel_env) env = env_with(lib, version);
            for (size_t i = 0; i < ACT_COUNT(samples); i++) {
                if (samples[i].lib != lib)
                    continue;
                seen++;
                if (compiles(env, samples[i].text) != (samples[i].since <= version))
                    fail_msg("%s in version %u of %s", samples[i].text, version,
                             cel_library_by_id(lib)->name);
            }
        }
        if (seen == 0)
            fail_msg("no sample of %s", cel_library_by_id(lib)->name);
    }
}

static void without_its_library_nothing_is_there(void **state)
{
    (void)state;
    ACT_AUTO(cel_env) standard = env_with(CEL_LIB_STD, CEL_LIB_NEWEST);
    for (size_t i = 0; i < ACT_COUNT(samples); i++)
        if (compiles(standard, samples[i].text))
            fail_msg("%s with the standard library alone", samples[i].text);
    ACT_AUTO(cel_env) nothing = NULL;
    assert_int_equal(cel_env_new(NULL, &nothing), ACT_OK);
    assert_true(compiles(nothing, "[1, 'a', {'b': true}]"));
    static const char *const standard_ones[] = { "1 + 1",         "!true",     "size('a')",
                                                 "[1].map(x, x)", "has({}.a)", "int('1')" };
    for (size_t i = 0; i < ACT_COUNT(standard_ones); i++) {
        assert_true(compiles(standard, standard_ones[i]));
        assert_false(compiles(nothing, standard_ones[i]));
    }
}

/* What Kubernetes' authors expect, and what section 2 of the plan adds: all but the sets
 * for patches of keys and for the suite's own output of an optimiser. */
static void policies_have_all_but_two(void **state)
{
    (void)state;
    ACT_AUTO(cel_env) env = NULL;
    assert_int_equal(cel_env_new(NULL, &env), ACT_OK);
    assert_int_equal(cel_env_policy_libs(env), ACT_OK);
    for (size_t i = 0; i < ACT_COUNT(samples); i++) {
        bool want = samples[i].lib != CEL_LIB_JSONPATCH && samples[i].lib != CEL_LIB_BLOCK;
        if (compiles(env, samples[i].text) != want)
            fail_msg("%s for policies", samples[i].text);
    }
}

static void offers_that_are_none_are_refused(void **state)
{
    (void)state;
    ACT_AUTO(cel_env) env = env_with(CEL_LIB_STRINGS, 2);
    assert_int_equal(cel_env_lib(env, CEL_LIB_STRINGS, 2), ACT_EEXISTS);
    assert_int_equal(cel_env_lib(env, CEL_LIB_COUNT, 0), ACT_EINVAL);
    assert_int_equal(cel_env_lib(env, CEL_LIB_MATH, 3), ACT_EINVAL);
    assert_false(compiles(env, "'ab'.reverse()"));
    assert_int_equal(cel_env_lib(env, CEL_LIB_MATH, 2), ACT_OK);
    assert_true(compiles(env, "math.sqrt(4)"));
}

/* The numbers in cel.h are those of the tables. */
static void versions_are_as_announced(void **state)
{
    (void)state;
#define EXPECT_VERSION(id, symbol, version)                                                \
    assert_int_equal(cel_library_by_id(CEL_LIB_##id)->newest, version);                    \
    assert_string_equal(cel_library_by_id(CEL_LIB_##id)->name, #symbol);
    CEL_LIBS(EXPECT_VERSION)
#undef EXPECT_VERSION
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_has_what_came_up_to_it),
        cmocka_unit_test(without_its_library_nothing_is_there),
        cmocka_unit_test(policies_have_all_but_two),
        cmocka_unit_test(offers_that_are_none_are_refused),
        cmocka_unit_test(versions_are_as_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
