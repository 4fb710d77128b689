/* Patterns made from bytes, on short texts: the engine and a backtracking matcher agree on
 * whether there is a match, and where, as far as the syntax defines it for both. */
#include "cel/regex.h"
#include "cel/utf8.h"
#include "fuzz/support/fuzz.h"

#include <limits.h>

enum { NODES_MAX = 40, TEXT_MAX = 24, STEPS_MAX = 200000 };

typedef struct node node;
struct node {
    enum {
        CHAR,
        ANY,
        CLASS,
        EMPTY,
        CONCAT,
        ALTERNATE,
        REPEAT,
        GROUP,
        BEGIN,
        END,
        WORD
    } kind;
    uint32_t c;        /* CHAR; CLASS: its first and last letter */
    uint32_t last;     /* CLASS */
    bool negated;      /* CLASS, WORD */
    bool lazy;         /* REPEAT */
    unsigned min, max; /* REPEAT; max UINT_MAX: no end */
    const node *a, *b;
};

typedef struct {
    fuzz_input *in;
    node nodes[NODES_MAX];
    size_t count;
    act_buf pattern;
    bool loops_on_nothing; /* a repeated part may be empty: engines differ on its extent */
} builder;

static const uint32_t letters[] = { 'a', 'b', 'c', '_', ' ', '\n', '0', 0xe9, 0x1f600 };

static void put_letter(act_buf *out, uint32_t c)
{
    if (c == '\n')
        act_buf_add(out, ACT_STR("\\n"));
    else if (c < 0x80)
        act_buf_add_byte(out, (char)c);
    else
        act_buf_printf(out, "\\x{%x}", c);
}

static node *make(builder *b, int kind)
{
    fuzz_require(b->count < NODES_MAX, "room for nodes");
    node *n = &b->nodes[b->count++];
    *n = (node){ .kind = kind };
    return n;
}

static bool may_be_empty(const node *n)
{
    switch (n->kind) {
    case CHAR:
    case ANY:
    case CLASS:
        return false;
    case CONCAT:
        return may_be_empty(n->a) && may_be_empty(n->b);
    case ALTERNATE:
        return may_be_empty(n->a) || may_be_empty(n->b);
    case REPEAT:
        return n->min == 0 || may_be_empty(n->a);
    case GROUP:
        return may_be_empty(n->a);
    case EMPTY:
    case BEGIN:
    case END:
    case WORD:
        break;
    }
    return true;
}

static const node *build(builder *b, unsigned depth);

static const node *build_class(builder *b)
{
    node *n = make(b, CLASS);
    n->negated = fuzz_byte(b->in) & 1;
    n->c = "ab_0"[fuzz_below(b->in, 4)];
    n->last = n->c == '0' || n->c == '_' ? n->c : 'c';
    act_buf_printf(&b->pattern, "[%s%c-%c]", n->negated ? "^" : "", (int)n->c,
                   (int)n->last);
    return n;
}

static const node *build_repeat(builder *b, unsigned depth)
{
    static const struct {
        const char *text;
        unsigned min, max;
    } forms[] = { { "*", 0, UINT_MAX }, { "+", 1, UINT_MAX }, { "?", 0, 1 },
                  { "{2}", 2, 2 },      { "{1,3}", 1, 3 },    { "{2,}", 2, UINT_MAX } };
    act_buf_add(&b->pattern, ACT_STR("(?:"));
    const node *body = build(b, depth);
    size_t form = fuzz_below(b->in, ACT_COUNT(forms));
    node *n = make(b, REPEAT);
    n->lazy = fuzz_byte(b->in) & 1;
    n->min = forms[form].min;
    n->max = forms[form].max;
    n->a = body;
    act_buf_printf(&b->pattern, ")%s%s", forms[form].text, n->lazy ? "?" : "");
    b->loops_on_nothing |= may_be_empty(body);
    return n;
}

static const node *build_two(builder *b, unsigned depth, int kind)
{
    act_buf_add(&b->pattern, ACT_STR("(?:"));
    const node *left = build(b, depth);
    if (kind == ALTERNATE)
        act_buf_add_byte(&b->pattern, '|');
    const node *right = build(b, depth);
    act_buf_add_byte(&b->pattern, ')');
    node *n = make(b, kind);
    n->a = left;
    n->b = right;
    return n;
}

static const node *build_simple(builder *b, uint8_t pick)
{
    static const struct {
        int kind;
        const char *text;
        bool negated;
    } simple[] = { { ANY, ".", false }, { EMPTY, "", false },   { BEGIN, "^", false },
                   { END, "$", false }, { WORD, "\\b", false }, { WORD, "\\B", true } };
    if (pick < ACT_COUNT(simple)) {
        node *n = make(b, simple[pick].kind);
        n->negated = simple[pick].negated;
        act_buf_add(&b->pattern, act_str_cstr(simple[pick].text));
        return n;
    }
    node *n = make(b, CHAR);
    n->c = letters[fuzz_below(b->in, ACT_COUNT(letters))];
    put_letter(&b->pattern, n->c);
    return n;
}

static const node *build(builder *b, unsigned depth)
{
    uint8_t pick = fuzz_byte(b->in) % 16;
    if (depth == 0 || fuzz_ended(b->in) || pick > 9)
        return build_simple(b, fuzz_byte(b->in) % 12);
    if (pick < 2)
        return build_class(b);
    if (pick < 5)
        return build_repeat(b, depth - 1);
    if (pick < 7)
        return build_two(b, depth - 1, CONCAT);
    if (pick < 9)
        return build_two(b, depth - 1, ALTERNATE);
    act_buf_add_byte(&b->pattern, '(');
    const node *body = build(b, depth - 1);
    act_buf_add_byte(&b->pattern, ')');
    node *n = make(b, GROUP);
    n->a = body;
    return n;
}

/* ---- the oracle ---------------------------------------------------------------------- */

typedef struct {
    uint32_t text[TEXT_MAX];
    size_t len;
    unsigned steps; /* done so far; it gives up past STEPS_MAX */
    size_t end;     /* of the match */
} matcher;

/* What is still to match behind the current part. */
typedef struct rest {
    const node *node; /* NULL: a repetition that was under way */
    const node *loop; /* then: the REPEAT, */
    unsigned done;    /* how often it matched, */
    size_t from;      /* and where its last turn began */
    const struct rest *next;
} rest;

static bool match(matcher *m, const node *n, size_t at, const rest *then);

static bool is_word(const matcher *m, size_t i)
{
    uint32_t c = i < m->len ? m->text[i] : 0;
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

static bool at_word_edge(const matcher *m, size_t at)
{
    return (at > 0 && is_word(m, at - 1)) != is_word(m, at);
}

static bool match_repeat(matcher *m, const node *n, unsigned done, size_t at,
                         const rest *then);

static bool match_rest(matcher *m, size_t at, const rest *then)
{
    if (!then) {
        m->end = at;
        return true;
    }
    if (then->node)
        return match(m, then->node, at, then->next);
    if (at == then->from && then->done > then->loop->min)
        return false; /* another turn that takes nothing gets nowhere */
    return match_repeat(m, then->loop, then->done, at, then->next);
}

static bool match_repeat(matcher *m, const node *n, unsigned done, size_t at,
                         const rest *then)
{
    rest again = { .loop = n, .done = done + 1, .from = at, .next = then };
    if (done < n->min)
        return match(m, n->a, at, &again);
    if (n->lazy)
        return match_rest(m, at, then) || (done < n->max && match(m, n->a, at, &again));
    return (done < n->max && match(m, n->a, at, &again)) || match_rest(m, at, then);
}

static bool takes(const node *n, uint32_t c)
{
    if (n->kind == CHAR)
        return c == n->c;
    if (n->kind == ANY)
        return c != '\n';
    return (c >= n->c && c <= n->last) != n->negated;
}

static bool match(matcher *m, const node *n, size_t at, const rest *then)
{
    if (m->steps++ > STEPS_MAX)
        return false;
    rest right = { .node = n->b, .next = then };
    switch (n->kind) {
    case CHAR:
    case ANY:
    case CLASS:
        return at < m->len && takes(n, m->text[at]) && match_rest(m, at + 1, then);
    case EMPTY:
        return match_rest(m, at, then);
    case CONCAT:
        return match(m, n->a, at, &right);
    case ALTERNATE:
        return match(m, n->a, at, then) || match(m, n->b, at, then);
    case REPEAT:
        return match_repeat(m, n, 0, at, then);
    case GROUP:
        return match(m, n->a, at, then);
    case BEGIN:
        return at == 0 && match_rest(m, at, then);
    case END:
        return at == m->len && match_rest(m, at, then);
    case WORD:
        return at_word_edge(m, at) != n->negated && match_rest(m, at, then);
    }
    return false;
}

/* ---- comparison ---------------------------------------------------------------------- */

static void draw_text(fuzz_input *in, matcher *m, act_buf *text)
{
    m->len = fuzz_below(in, TEXT_MAX);
    for (size_t i = 0; i < m->len; i++) {
        char bytes[4];
        m->text[i] = letters[fuzz_below(in, ACT_COUNT(letters))];
        size_t n = cel_utf8_encode(m->text[i], bytes);
        act_buf_add(text, act_str_from(bytes, n));
    }
}

static size_t byte_offset(const matcher *m, size_t letter)
{
    char bytes[4];
    size_t sum = 0;
    for (size_t i = 0; i < letter; i++)
        sum += cel_utf8_encode(m->text[i], bytes);
    return sum;
}

static void compare(const builder *b, const node *root, matcher *m, act_str text)
{
    cel_regex *re = NULL;
    act_err e = ACT_ERR_INIT;
    const cel_regex_limits limits = CEL_REGEX_LIMITS_INIT;
    int err = cel_regex_compile(act_buf_str(&b->pattern), &limits, &re, &e);
    fuzz_require(err == 0, "a well-formed pattern compiles");
    size_t from = 0;
    bool found = false;
    for (; from <= m->len && !found; from += !found)
        found = match(m, root, from, NULL);
    if (m->steps <= STEPS_MAX) {
        act_str group[1];
        bool same = cel_regex_matches(re, text) == found;
        same = same && cel_regex_find(re, text, 0, group, 1) == found;
        if (same && found && !b->loops_on_nothing)
            same = (size_t)(group[0].ptr - text.ptr) == byte_offset(m, from) &&
                   group[0].len == byte_offset(m, m->end) - byte_offset(m, from);
        if (!same)
            (void)fprintf(stderr, "%.*s on \"%.*s\": %d, letters %zu to %zu\n",
                          ACT_STR_ARG(act_buf_str(&b->pattern)), ACT_STR_ARG(text), found,
                          from, m->end);
        fuzz_require(same, "both engines find the same");
    }
    cel_regex_free(re);
}

/* Any bytes as a pattern: compiled or refused with a reason. */
static void any_pattern(act_str pattern)
{
    cel_regex *re = NULL;
    act_err e = ACT_ERR_INIT;
    const cel_regex_limits limits = CEL_REGEX_LIMITS_INIT;
    int err = cel_regex_compile(pattern, &limits, &re, &e);
    fuzz_require(err == 0 || e.text[0], "a refusal has a reason");
    if (!err) {
        cel_regex_walk w = cel_regex_walk_on(re, pattern);
        act_str group[4];
        for (int i = 0; i < 100 && cel_regex_next(&w, group, 4); i++)
            fuzz_require(group[0].ptr >= pattern.ptr &&
                             group[0].ptr + group[0].len <= pattern.ptr + pattern.len,
                         "matches lie in the text");
    }
    cel_regex_free(re);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = { data, size, 0 };
    if (fuzz_byte(&in) % 4 == 3) {
        act_str pattern = fuzz_rest(&in);
        if (act_str_is_utf8(pattern))
            any_pattern(pattern);
        return 0;
    }
    builder b = { .in = &in };
    matcher m = { 0 };
    act_buf text = ACT_BUF_INIT;
    const node *root = build(&b, 4);
    draw_text(&in, &m, &text);
    act_str bytes = m.len ? act_buf_str(&text) : ACT_STR("");
    compare(&b, root, &m, bytes);
    act_buf_done(&b.pattern);
    act_buf_done(&text);
    return 0;
}
