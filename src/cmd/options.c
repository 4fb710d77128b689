#include "cmd/options.h"

#include "base/alloc.h"
#include "cmd/option_value.h"
#include "net/listen.h"

#include <assert.h>
#include <limits.h>

#define CENTURY_NS (36500 * INT64_C(86400) * ACT_NS_PER_S)

typedef struct {
    const act_option *option;
    const char *text; /* NULL for a switch */
} given;

struct act_args {
    const act_command *command;
    given *given;
    size_t n_given;
    const char **operands;
    size_t n_operands;
};

void act_args_free(act_args *a)
{
    if (!a)
        return;
    act_dealloc(a->given);
    act_dealloc(a->operands);
    act_dealloc(a);
}

static const act_option *find(const act_command *command, act_str name)
{
    for (size_t i = 0; i < command->n_options; i++)
        if (act_str_eq_cstr(name, command->options[i].name))
            return &command->options[i];
    return NULL;
}

/* Does @text read as a value of the option's type? */
static int check_value(const act_option *o, const char *text, act_err *reterr)
{
    act_str s = act_str_cstr(text);
    const char *form = NULL;
    uint64_t number;
    int64_t ns;
    act_address address;
    switch (o->type) {
    case ACT_OPTION_NUMBER:
        form = act_str_to_u64(s, &number) ? "a number" : NULL;
        break;
    case ACT_OPTION_DURATION:
        form = act_duration_parse(s, &ns) ? "a duration such as 500ms, 30s, 15m, 24h or 7d"
                                          : NULL;
        break;
    case ACT_OPTION_SIZE:
        form = act_size_parse(s, &number) ? "a size such as 65536, 512Mi or 10Gi" : NULL;
        break;
    case ACT_OPTION_ADDRESS:
        form = act_address_parse(s, &address, NULL)
                   ? "an address such as 127.0.0.1:8080, [::1]:8080 or :8080"
                   : NULL;
        break;
    case ACT_OPTION_SWITCH:
    case ACT_OPTION_TEXT:
    case ACT_OPTION_LIST:
        break;
    }
    if (form)
        return act_fail(reterr, ACT_EINVAL, "--%s takes %s, not \"%s\"", o->name, form,
                        text);
    return 0;
}

/* One `--...` word, perhaps with the next as its value; *ret_used words were taken. */
static int parse_option(act_args *a, char *const *words, size_t n, size_t *ret_used,
                        act_err *reterr)
{
    const char *word = words[0] + 2;
    const char *equals = strchr(word, '=');
    act_str name =
        equals ? act_str_from(word, (size_t)(equals - word)) : act_str_cstr(word);
    const act_option *o = find(a->command, name);
    if (!o)
        return act_fail(reterr, ACT_EINVAL, "unknown option --%.*s", ACT_STR_ARG(name));
    const char *text = NULL;
    size_t used = 1;
    if (o->type == ACT_OPTION_SWITCH) {
        if (equals)
            return act_fail(reterr, ACT_EINVAL, "--%s takes no value", o->name);
    } else if (equals) {
        text = equals + 1;
    } else if (n < 2) {
        return act_fail(reterr, ACT_EINVAL, "--%s needs %s", o->name, o->placeholder);
    } else {
        text = words[1];
        used = 2;
    }
    int r = text ? check_value(o, text, reterr) : 0;
    if (r)
        return r;
    a->given[a->n_given++] = (given){ o, text };
    *ret_used = used;
    return 0;
}

static int parse_words(act_args *a, char *const *words, size_t n, act_err *reterr)
{
    bool options = true;
    for (size_t i = 0, used = 1; i < n; i += used, used = 1) {
        if (options && strcmp(words[i], "--") == 0) {
            options = false;
        } else if (options && words[i][0] == '-' && words[i][1] == '-') {
            int r = parse_option(a, words + i, n - i, &used, reterr);
            if (r)
                return r;
        } else if (options && words[i][0] == '-' && words[i][1] != '\0') {
            return act_fail(reterr, ACT_EINVAL, "unknown option %s", words[i]);
        } else {
            a->operands[a->n_operands++] = words[i];
        }
    }
    const act_command *c = a->command;
    if (a->n_operands < c->min_operands)
        return act_fail(reterr, ACT_EINVAL, "%s is missing", c->operands);
    if (a->n_operands > c->max_operands)
        return act_fail(reterr, ACT_EINVAL, "unexpected \"%s\"",
                        a->operands[c->max_operands]);
    return 0;
}

int act_args_parse(const act_command *command, char *const *words, size_t n, act_args **ret,
                   act_err *reterr)
{
    act_args *a = act_zalloc(1, sizeof *a);
    if (!a)
        return ACT_ENOMEM;
    a->command = command;
    a->given = act_zalloc(n + 1, sizeof *a->given);
    a->operands = act_zalloc(n + 1, sizeof *a->operands);
    int r = a->given && a->operands ? parse_words(a, words, n, reterr) : ACT_ENOMEM;
    if (r) {
        act_args_free(a);
        return r;
    }
    *ret = a;
    return 0;
}

/* The last value given for @name, else its default. */
static const char *value_of(const act_args *a, const char *name)
{
    const act_option *o = find(a->command, act_str_cstr(name));
    assert(o && o->type != ACT_OPTION_SWITCH);
    for (size_t i = a->n_given; i-- > 0;)
        if (a->given[i].option == o)
            return a->given[i].text;
    return o->fallback;
}

bool act_args_switch(const act_args *a, const char *name)
{
    const act_option *o = find(a->command, act_str_cstr(name));
    assert(o && o->type == ACT_OPTION_SWITCH);
    for (size_t i = 0; i < a->n_given; i++)
        if (a->given[i].option == o)
            return true;
    return false;
}

const char *act_args_text(const act_args *a, const char *name)
{
    return value_of(a, name);
}

/* Values were checked when they were read, and defaults are ours: these cannot fail. */

uint64_t act_args_number(const act_args *a, const char *name)
{
    uint64_t v = 0;
    int r = act_str_to_u64(act_str_cstr(value_of(a, name)), &v);
    assert(r == 0);
    (void)r;
    return v;
}

unsigned act_args_count(const act_args *a, const char *name)
{
    uint64_t v = act_args_number(a, name);
    return v < UINT_MAX ? (unsigned)v : UINT_MAX;
}

int64_t act_args_duration(const act_args *a, const char *name)
{
    int64_t v = 0;
    int r = act_duration_parse(act_str_cstr(value_of(a, name)), &v);
    assert(r == 0);
    (void)r;
    return v < CENTURY_NS ? v : CENTURY_NS;
}

uint64_t act_args_size(const act_args *a, const char *name)
{
    uint64_t v = 0;
    int r = act_size_parse(act_str_cstr(value_of(a, name)), &v);
    assert(r == 0);
    (void)r;
    return v;
}

const char *act_args_list(const act_args *a, const char *name, size_t at)
{
    const act_option *o = find(a->command, act_str_cstr(name));
    assert(o && o->type == ACT_OPTION_LIST);
    for (size_t i = 0; i < a->n_given; i++)
        if (a->given[i].option == o && at-- == 0)
            return a->given[i].text;
    return NULL;
}

size_t act_args_operand_count(const act_args *a)
{
    return a->n_operands;
}

const char *act_args_operand(const act_args *a, size_t i)
{
    assert(i < a->n_operands);
    return a->operands[i];
}
