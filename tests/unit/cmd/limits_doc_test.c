/* docs/limits.md says what is so: values of constants and defaults of options. */
#include "api/activity_version.h"
#include "api/deadline.h"
#include "api/event_tail.h"
#include "api/hub.h"
#include "api/persisted_watches.h"
#include "api/query.h"
#include "base/file.h"
#include "base/metrics.h"
#include "broker/broker_sqlite.h"
#include "cmd/command.h"
#include "core/audit_record.h"
#include "core/batch.h"
#include "core/cursor.h"
#include "core/filter.h"
#include "core/policy.h"
#include "core/rule_env.h"
#include "core/selector.h"
#include "core/template.h"
#include "core/translate.h"
#include "kube/patch.h"
#include "kube/review_cache.h"
#include "kube/token_file.h"
#include "kube/user_headers.h"
#include "net/tls.h"
#include "net/url.h"
#include "pipeline/intake.h"
#include "registry/registry.h"
#include "store/store_chdb.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

const act_command *const act_commands[] = { &act_command_serve, NULL };

static const struct {
    const char *name;
    double value;
} constants[] = {
#define VALUE(name)                                                                        \
    {                                                                                      \
#name, name                                                                        \
    }
    VALUE(ACT_URL_SEGMENTS_MAX),
    VALUE(ACT_URL_PARAMS_MAX),
    VALUE(ACT_TLS_CHAIN_MAX),
    VALUE(ACT_USER_HEADER_VALUES_MAX),
    VALUE(ACT_TOKEN_FILE_ENTRIES_MAX),
    VALUE(ACT_REVIEWS_MAX),
    VALUE(ACT_PERSISTED_WATCHES_MAX),
    VALUE(ACT_HUB_PENDING_BYTES),
    VALUE(ACT_HUB_PENDING_ALL_BYTES),
    VALUE(ACT_WRITE_TIMEOUT_S),
    VALUE(ACT_VERSION_WAIT_S),
    VALUE(ACT_CURSOR_LIFETIME_S),
    VALUE(ACT_CURSOR_TEXT_MAX),
    VALUE(ACT_FILTER_BYTES_MAX),
    VALUE(ACT_FILTER_DEPTH_MAX),
    VALUE(ACT_FILTER_PARAMS_MAX),
    VALUE(ACT_SELECTOR_TEXT_MAX),
    VALUE(ACT_SELECTOR_ITEMS_MAX),
    VALUE(ACT_QUERY_PAGE_BYTES),
    VALUE(ACT_EVENT_TAIL_BYTES_MAX),
    VALUE(ACT_PATCH_OPERATIONS_MAX),
    VALUE(ACT_PATCH_DEPTH_MAX),
    VALUE(ACT_PATCH_COPIED_MAX),
    VALUE(ACT_POLICY_RULES_MAX),
    VALUE(ACT_POLICY_TEXT_MAX),
    VALUE(ACT_TEMPLATE_BYTES_MAX),
    VALUE(ACT_TEMPLATE_EXPRESSIONS_MAX),
    VALUE(ACT_TEMPLATE_PIECE_MAX),
    VALUE(ACT_TEMPLATE_SUMMARY_MAX),
    VALUE(ACT_LINKS_MAX),
    VALUE(ACT_ACTIVITY_BYTES_MAX),
    VALUE(ACT_BATCH_ITEMS_MAX),
    VALUE(ACT_INTAKE_RECORD_MAX),
    VALUE(ACT_INTAKE_KEPT_MAX),
    VALUE(ACT_RECORD_NAME_MAX),
    VALUE(ACT_RECORD_WORD_MAX),
    VALUE(ACT_STORE_CHDB_TABLES_MAX),
    VALUE(ACT_BROKER_SQLITE_BATCH_MAX),
    VALUE(ACT_BROKER_SQLITE_BATCH_BYTES_MAX),
    VALUE(ACT_BROKER_SQLITE_PAYLOAD_MAX),
    VALUE(ACT_BROKER_ID_MAX),
    VALUE(ACT_BROKER_SUBJECT_MAX),
    VALUE(ACT_REGISTRY_VALUE_MAX),
    VALUE(ACT_REGISTRY_KEY_MAX),
    VALUE(ACT_METRIC_SERIES_MAX),
#undef VALUE
};

static act_str page(act_buf *out)
{
    assert_int_equal(act_file_read(ACT_SOURCE_DIR "/docs/limits.md", 1 << 20, out, NULL),
                     0);
    return act_buf_str(out);
}

/* The next text in backquotes that begins with @prefix, and what follows it. */
static bool next_name(act_str *rest, const char *prefix, act_str *ret)
{
    act_str quoted;
    while (rest->len > 0) {
        *rest = act_str_split(*rest, '`', &quoted);
        *rest = act_str_split(*rest, '`', &quoted);
        if (!act_str_starts(quoted, act_str_cstr(prefix)))
            continue;
        *ret = quoted;
        return true;
    }
    return false;
}

/* "1,024", "1.5 MiB", "64 KiB" at the start of @text. */
static double number_at(act_str text)
{
    char digits[32] = "", *end;
    size_t n = 0, at = 1; /* behind a space */
    for (; at < text.len && n < sizeof digits - 1; at++) {
        char c = text.ptr[at];
        bool comma =
            c == ',' && at + 1 < text.len && isdigit((unsigned char)text.ptr[at + 1]);
        if (isdigit((unsigned char)c) || c == '.')
            digits[n++] = c;
        else if (!comma)
            break;
    }
    double value = strtod(digits, &end);
    act_str unit = act_str_cut(text, at);
    return act_str_starts(unit, ACT_STR(" KiB"))   ? value * 1024
           : act_str_starts(unit, ACT_STR(" MiB")) ? value * 1024 * 1024
                                                   : value;
}

static void constants_have_their_values(void **state)
{
    (void)state;
    act_buf text = ACT_BUF_INIT;
    act_str rest = page(&text), name;
    bool seen[ACT_COUNT(constants)] = { false };
    while (next_name(&rest, "ACT_", &name)) {
        size_t i = 0;
        while (i < ACT_COUNT(constants) && !act_str_eq_cstr(name, constants[i].name))
            i++;
        if (i == ACT_COUNT(constants))
            fail_msg("%.*s is on the page alone", ACT_STR_ARG(name));
        if (number_at(rest) != constants[i].value)
            fail_msg("%s is %.0f, not \"%.*s\"", constants[i].name, constants[i].value,
                     ACT_STR_ARG(act_str_head(rest, 12)));
        seen[i] = true;
    }
    for (size_t i = 0; i < ACT_COUNT(constants); i++)
        if (!seen[i])
            fail_msg("%s is not on the page", constants[i].name);
    act_buf_done(&text);
}

static void options_have_their_defaults(void **state)
{
    (void)state;
    act_buf text = ACT_BUF_INIT;
    act_str rest = page(&text), name;
    unsigned n = 0;
    for (; next_name(&rest, "--", &name); n++) {
        const act_option *o = NULL;
        for (size_t i = 0; i < act_command_serve.n_options; i++)
            if (act_str_eq_cstr(act_str_cut(name, 2), act_command_serve.options[i].name))
                o = &act_command_serve.options[i];
        if (!o || !o->fallback)
            fail_msg("serve has no %.*s with a default", ACT_STR_ARG(name));
        act_str value = act_str_cut(rest, 1);
        size_t len = strlen(o->fallback);
        if (!act_str_starts(value, act_str_cstr(o->fallback)) ||
            isalnum((unsigned char)value.ptr[len]))
            fail_msg("%.*s is %s, not \"%.*s\"", ACT_STR_ARG(name), o->fallback,
                     ACT_STR_ARG(act_str_head(value, 12)));
    }
    assert_true(n >= 9);
    act_buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_have_their_values),
        cmocka_unit_test(options_have_their_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
