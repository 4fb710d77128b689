/* && || ! ?: all exists exists_one in: every combination of outcomes on both sides,
 * whatever ops the planner makes of the operands, against the rules of the language
 * definition. */
#include "eval_helper.h"

/* ---- operands -------------------------------------------------------------------------
 */

enum outcome { TRUE, FALSE, ERROR, OTHER, FATAL };

/* An operand and what it gives alone. */
typedef struct {
    const char *source;
    enum outcome outcome;
    const char *error; /* text of ERROR and FATAL */
} operand;

static const char NO_OVERLOAD[] = "no such overload";
static const char MISSING[] = "no such key: missing";
static const char STOPPED[] = "iteration limit exceeded";

enum { ITERATIONS = 10 };
/* More iterations than the environment of this test allows. */
#define ENDLESS "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].all(x, x > 0)"

static const operand operands[] = {
    /* constants, slots of each op, calls, folds, binds */
    { "true", TRUE, NULL },
    { "audit.verb == 'create'", TRUE, NULL },
    { "has(audit.verb)", TRUE, NULL },
    { "!has(audit.missing)", TRUE, NULL },
    { "audit.verb in ['get', 'create']", TRUE, NULL },
    { "audit.responseStatus.code >= 200", TRUE, NULL },
    { "audit.deep.a.b.c", TRUE, NULL },
    { "actor.startsWith('al')", TRUE, NULL },
    { "[1].exists(x, x == 1)", TRUE, NULL },
    { "(1 / 0 == 1 || true)", TRUE, NULL },

    { "false", FALSE, NULL },
    { "audit.verb != 'create'", FALSE, NULL },
    { "!has(audit.verb)", FALSE, NULL },
    { "has(audit.missing)", FALSE, NULL },
    { "audit.verb in ['get', 'list']", FALSE, NULL },
    { "audit.responseStatus.code < 200", FALSE, NULL },
    { "actor in ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']", FALSE, NULL },
    { "audit.requestURI.matches('^x')", FALSE, NULL },
    { "[1].all(x, x == 2)", FALSE, NULL },
    { "cel.bind(x, actor, x == 'bob')", FALSE, NULL },

    { "1 / 0 == 1", ERROR, "division by zero" },
    { "audit.missing", ERROR, MISSING },
    { "audit.missing == 'x'", ERROR, MISSING },
    { "audit.missing != 'x'", ERROR, MISSING },
    { "has(audit.missing.name)", ERROR, MISSING },
    { "!has(audit.missing.name)", ERROR, MISSING },
    { "audit.missing in ['a', 'b']", ERROR, MISSING },
    { "audit.missing.deeper > 1", ERROR, MISSING },
    { "audit.missing.startsWith('x')", ERROR, MISSING },
    { "audit.verb.x == 'y'", ERROR, NO_OVERLOAD },
    { "audit.verb < 1", ERROR, NO_OVERLOAD },
    { "unbound", ERROR, "undeclared reference to 'unbound'" },
    { "unbound.x == 'y'", ERROR, "undeclared reference to 'unbound'" },
    { "audit.numbers[7] == 1.0", ERROR, "index out of bounds: 7" },
    { "[0].all(x, 1 / x == 1)", ERROR, "division by zero" },
    { "'x'.matches(actor + '(')", ERROR, "invalid regular expression: missing ): alice(" },

    { "dyn(1)", OTHER, NULL },
    { "dyn('true')", OTHER, NULL },
    { "audit.verb", OTHER, NULL },
    { "audit.nothing", OTHER, NULL },
    { "audit.objectRef", OTHER, NULL },
    { "cel.bind(x, dyn([true]), x)", OTHER, NULL },

    { ENDLESS, FATAL, STOPPED },
    { "[true].exists(y, " ENDLESS ")", FATAL, STOPPED },
};

/* ---- what the definition says ---------------------------------------------------------
 */

/* One of: "true", "false", "error: TEXT". */
static const char *text_of(enum outcome outcome, const char *error)
{
    static char text[256];
    if (outcome == TRUE || outcome == FALSE)
        return outcome == TRUE ? "true" : "false";
    snprintf(text, sizeof text, "error: %s", outcome == OTHER ? NO_OVERLOAD : error);
    return text;
}

/* @deciding (FALSE for &&, TRUE for ||) wins; else the first failure; fatal ones end it. */
static const char *joined(const operand *const *terms, size_t count, enum outcome deciding)
{
    const operand *failed = NULL;
    for (size_t i = 0; i < count; i++) {
        enum outcome o = terms[i]->outcome;
        if (o == deciding || o == FATAL)
            return text_of(o, terms[i]->error);
        if ((o == ERROR || o == OTHER) && !failed)
            failed = terms[i];
    }
    if (failed)
        return text_of(failed->outcome, failed->error);
    return text_of(deciding == TRUE ? FALSE : TRUE, NULL);
}

/* ---- comparing ------------------------------------------------------------------------
 */

static eval_bench bench;
static size_t wrong;

static int open_bench(void **state)
{
    (void)state;
    cel_limits limits = CEL_LIMITS_INIT;
    limits.iterations = ITERATIONS;
    eval_bench_open(&bench, &limits, 0);
    return 0;
}

static int close_bench(void **state)
{
    (void)state;
    eval_bench_close(&bench);
    return 0;
}

/* @source gives @want folded and not, checked and not. */
static void expect(const char *source, const char *want)
{
    static const unsigned flags[] = { 0, CEL_COMPILE_NO_FOLD, CEL_COMPILE_UNCHECKED };
    for (size_t i = 0; i < ACT_COUNT(flags); i++) {
        const char *got = eval_text_flags(&bench, source, flags[i]);
        if (strcmp(got, want) == 0)
            continue;
        if (wrong++ < 20)
            print_error("%s (flags %u)\n  is   %s\n  want %s\n", source, flags[i], got,
                        want);
    }
}

static void operands_are_what_they_are_said_to_be(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t i = 0; i < ACT_COUNT(operands); i++) {
        const operand *o = &operands[i];
        char source[256], negated[256];
        if (o->outcome == OTHER)
            continue;
        snprintf(source, sizeof source, "(%s)", o->source);
        snprintf(negated, sizeof negated, "!(%s)", o->source);
        expect(source, text_of(o->outcome, o->error));
        enum outcome turned = o->outcome == TRUE    ? FALSE
                              : o->outcome == FALSE ? TRUE
                                                    : o->outcome;
        expect(negated, text_of(turned, o->error));
    }
    assert_int_equal(wrong, 0);
}

static void two_operands_join_by_the_table(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t i = 0; i < ACT_COUNT(operands); i++) {
        for (size_t k = 0; k < ACT_COUNT(operands); k++) {
            const operand *terms[] = { &operands[i], &operands[k] };
            char source[512];
            snprintf(source, sizeof source, "%s && %s", terms[0]->source, terms[1]->source);
            expect(source, joined(terms, 2, FALSE));
            snprintf(source, sizeof source, "%s || %s", terms[0]->source, terms[1]->source);
            expect(source, joined(terms, 2, TRUE));
        }
    }
    assert_int_equal(wrong, 0);
}

/* Operands for longer chains: two forms of each outcome, one planned on a slot. */
static const size_t few[] = { 0, 1, 10, 13, 20, 24, 36, 38, 42 };

static void chains_join_by_the_table_however_they_nest(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t n = 0; n < ACT_COUNT(few) * ACT_COUNT(few) * ACT_COUNT(few); n++) {
        const operand *terms[] = { &operands[few[n % ACT_COUNT(few)]],
                                   &operands[few[n / ACT_COUNT(few) % ACT_COUNT(few)]],
                                   &operands[few[n / ACT_COUNT(few) / ACT_COUNT(few)]] };
        for (int either = 0; either <= 1; either++) {
            char source[1024];
            const char *op = either ? "||" : "&&";
            snprintf(source, sizeof source,
                     n % 3 == 0   ? "%s %s %s %s %s"
                     : n % 3 == 1 ? "%s %s (%s %s %s)"
                                  : "(%s %s %s) %s %s",
                     terms[0]->source, op, terms[1]->source, op, terms[2]->source);
            expect(source, joined(terms, 3, either ? TRUE : FALSE));
        }
    }
    assert_int_equal(wrong, 0);
}

/* De Morgan: both sides give the same, errors included. */
static void negation_distributes(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t i = 0; i < ACT_COUNT(few); i++) {
        for (size_t k = 0; k < ACT_COUNT(few); k++) {
            const operand *terms[] = { &operands[few[i]], &operands[few[k]] };
            char source[512];
            const char *both = joined(terms, 2, FALSE);
            const char *want = strcmp(both, "true") == 0    ? "false"
                               : strcmp(both, "false") == 0 ? "true"
                                                            : both;
            snprintf(source, sizeof source, "!(%s && %s)", terms[0]->source,
                     terms[1]->source);
            expect(source, want);
            snprintf(source, sizeof source, "!(%s) || !(%s)", terms[0]->source,
                     terms[1]->source);
            expect(source, want);
        }
    }
    assert_int_equal(wrong, 0);
}

static void only_the_condition_and_the_taken_branch_count(void **state)
{
    (void)state;
    wrong = 0;
    for (size_t i = 0; i < ACT_COUNT(operands); i++) {
        for (size_t k = 0; k < ACT_COUNT(few); k++) {
            const operand *c = &operands[i], *branch = &operands[few[k]];
            if (branch->outcome == OTHER)
                continue;
            bool decides = c->outcome == TRUE || c->outcome == FALSE;
            char source[512];
            snprintf(source, sizeof source,
                     c->outcome == FALSE ? "(%s) ? dyn(1 / 0) : dyn(%s)"
                                         : "(%s) ? dyn(%s) : dyn(1 / 0)",
                     c->source, branch->source);
            expect(source, decides ? text_of(branch->outcome, branch->error)
                                   : text_of(c->outcome, c->error));
        }
    }
    assert_int_equal(wrong, 0);
}

/* ---- folds ----------------------------------------------------------------------------
 */

/* What the predicate below makes of an element. */
static const struct {
    const char *element;
    operand operand;
} elements[] = {
    { "'t'", { NULL, TRUE, NULL } },
    { "'f'", { NULL, FALSE, NULL } },
    { "'z'", { NULL, ERROR, "division by zero" } },
    { "'m'", { NULL, ERROR, MISSING } },
    { "'o'", { NULL, OTHER, NULL } },
};
#define PREDICATE                                                                          \
    "x == 't' ? dyn(true) : x == 'f' ? dyn(false) : x == 'z' ? dyn(1 / 0 == 1) : "         \
    "x == 'm' ? dyn(audit.missing == 'a') : dyn(x)"

enum { LENGTH_MAX = 3 };

/* exists_one, filter and map stop at the first failure. */
static const operand *first_failure(const operand *const *terms, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (terms[i]->outcome == ERROR || terms[i]->outcome == OTHER)
            return terms[i];
    return NULL;
}

static size_t count_true(const operand *const *terms, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += terms[i]->outcome == TRUE;
    return n;
}

static void expect_folds(const char *list, const operand *const *terms, size_t count)
{
    static const char *const folds[] = { "all(", "exists(", "exists_one(", "existsOne(" };
    char source[1024];
    const operand *failed = first_failure(terms, count);
    size_t hits = count_true(terms, count);
    for (size_t f = 0; f < ACT_COUNT(folds); f++) {
        const char *want = f < 2       ? joined(terms, count, f ? TRUE : FALSE)
                           : failed    ? text_of(failed->outcome, failed->error)
                           : hits == 1 ? "true"
                                       : "false";
        for (int pair = 0; pair <= 1; pair++) {
            snprintf(source, sizeof source, "%s.%s%sx, " PREDICATE ")", list, folds[f],
                     pair ? "i, " : "");
            expect(source, want);
        }
    }
    snprintf(source, sizeof source, "size(%s.filter(x, " PREDICATE ")) == %zu", list, hits);
    expect(source, failed ? text_of(failed->outcome, failed->error) : "true");
}

static void folds_absorb_as_their_chains_would(void **state)
{
    (void)state;
    const size_t kinds = ACT_COUNT(elements);
    wrong = 0;
    for (size_t count = 0, lists = 1; count <= LENGTH_MAX; count++, lists *= kinds) {
        for (size_t n = 0; n < lists; n++) {
            const operand *terms[LENGTH_MAX];
            char list[64] = "[";
            size_t len = 1, rest = n;
            for (size_t i = 0; i < count; i++, rest /= kinds) {
                terms[i] = &elements[rest % kinds].operand;
                len += (size_t)snprintf(list + len, sizeof list - len, "%s%s",
                                        i ? ", " : "", elements[rest % kinds].element);
            }
            snprintf(list + len, sizeof list - len, "]");
            expect_folds(list, terms, count);
        }
    }
    assert_int_equal(wrong, 0);
}

static void ranges_must_be_lists_or_maps(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "audit.missing.all(x, true)", "error: no such key: missing" },
        { "audit.missing.exists(x, true) || true", "true" },
        { "audit.verb.all(x, true)", "error: no such overload" },
        { "audit.nothing.exists(x, true)", "error: no such overload" },
        { "unbound.exists_one(x, true)", "error: undeclared reference to 'unbound'" },
        { "audit.objectRef.exists(k, k == 'name' || 1 / 0 == 1)", "true" },
        { "audit.objectRef.all(k, v, 1 / 0 == 1 || v != '')", "true" },
        { "audit.objectRef.all(k, v, v != 'web' && 1 / 0 == 1)", "false" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void fatal_errors_end_folds_as_well(void **state)
{
    (void)state;
    wrong = 0;
    static const eval_case cases[] = {
        { "[1, 2].exists(y, y == 2 || " ENDLESS ")", "error: iteration limit exceeded" },
        { "[1, 2].all(y, y == 2 && " ENDLESS ")", "false" },
        { "[1, 2].exists_one(y, " ENDLESS ")", "error: iteration limit exceeded" },
        { "[1].map(y, " ENDLESS ") == [true] || true", "error: iteration limit exceeded" },
        { "true || " ENDLESS, "true" },
        { ENDLESS " || true", "error: iteration limit exceeded" },
        { "cel.bind(l, " ENDLESS ", true || l)", "true" },
        { "cel.bind(l, " ENDLESS ", l || true)", "error: iteration limit exceeded" },
        { "optional.of(" ENDLESS ").hasValue() || true",
          "error: iteration limit exceeded" },
        { "optional.of(1).or(optional.of(" ENDLESS " ? 1 : 2)).hasValue()", "true" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        expect(cases[i].source, cases[i].want);
    assert_int_equal(wrong, 0);
}

/* ---- membership -----------------------------------------------------------------------
 */

static void membership_is_strict_in_both_operands(void **state)
{
    (void)state;
    static const struct {
        const char *element;
        const char *error; /* or NULL: a value */
    } lefts[] = {
        { "'create'", NULL },
        { "audit.verb", NULL },
        { "dyn(1)", NULL },
        { "audit.missing", "error: no such key: missing" },
        { "dyn(1 / 0)", "error: division by zero" },
        { "unbound", "error: undeclared reference to 'unbound'" },
    };
    static const struct {
        const char *container;
        const char *error;
        const char *has[3]; /* each of the values above */
    } rights[] = {
        { "['get', 'create']", NULL, { "true", "true", "false" } },
        { "['get', 'list']", NULL, { "false", "false", "false" } },
        { "['create', dyn(1)]", NULL, { "true", "true", "true" } },
        { "['1', '2', '3', '4', '5', '6', '7', '8', '9', 'create']",
          NULL,
          { "true", "true", "false" } },
        { "[]", NULL, { "false", "false", "false" } },
        { "[audit.verb]", NULL, { "true", "true", "false" } },
        { "{'create': 1}", NULL, { "true", "true", "false" } },
        { "audit.user.groups", NULL, { "false", "false", "false" } },
        { "audit.objectRef", NULL, { "false", "false", "false" } },
        { "audit.absent", "error: no such key: absent", { NULL } },
        { "['create', audit.absent]", "error: no such key: absent", { NULL } },
        { "audit.verb", "error: no such overload", { NULL } },
        { "audit.nothing", "error: no such overload", { NULL } },
        { "dyn(1)", "error: no such overload", { NULL } },
    };
    wrong = 0;
    for (size_t l = 0; l < ACT_COUNT(lefts); l++) {
        for (size_t r = 0; r < ACT_COUNT(rights); r++) {
            char source[256];
            snprintf(source, sizeof source, "dyn(%s) in dyn(%s)", lefts[l].element,
                     rights[r].container);
            const char *want = lefts[l].error    ? lefts[l].error
                               : rights[r].error ? rights[r].error
                                                 : rights[r].has[l];
            expect(source, want);
            snprintf(source, sizeof source, "%s in %s", lefts[l].element,
                     rights[r].container);
            if (strncmp(eval_text_flags(&bench, source, 0), "refused", 7) != 0)
                expect(source, want);
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operands_are_what_they_are_said_to_be),
        cmocka_unit_test(two_operands_join_by_the_table),
        cmocka_unit_test(chains_join_by_the_table_however_they_nest),
        cmocka_unit_test(negation_distributes),
        cmocka_unit_test(only_the_condition_and_the_taken_branch_count),
        cmocka_unit_test(folds_absorb_as_their_chains_would),
        cmocka_unit_test(ranges_must_be_lists_or_maps),
        cmocka_unit_test(fatal_errors_end_folds_as_well),
        cmocka_unit_test(membership_is_strict_in_both_operands),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
