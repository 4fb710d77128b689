#include "kube/status.h"

#include "base/json_write.h"
#include "kube/refuse.h"

static const struct {
    const char *text;
    int code;
} reasons[] = {
#define ACT_KUBE_REASON_ROW(name, text, code) [ACT_KUBE_##name] = { text, code },
    ACT_KUBE_REASONS(ACT_KUBE_REASON_ROW)
#undef ACT_KUBE_REASON_ROW
};

int act_kube_status_code(enum act_kube_reason reason)
{
    return reasons[reason].code;
}

enum act_kube_reason act_kube_reason_of(int code)
{
    for (size_t i = 0; i < ACT_COUNT(reasons); i++)
        if (reasons[i].code == code)
            return (enum act_kube_reason)i;
    return ACT_KUBE_INTERNAL;
}

static act_str format(act_arena *a, enum act_kube_reason reason, const char *message,
                      va_list args)
{
    act_str text;
    if (act_arena_vprintf(a, &text, message, args))
        return act_str_cstr(reasons[reason].text);
    return text;
}

act_kube_status act_kube_error(act_arena *a, enum act_kube_reason reason,
                               const char *message, ...)
{
    va_list args;
    va_start(args, message);
    act_kube_status s = { .reason = reason, .message = format(a, reason, message, args) };
    va_end(args);
    return s;
}

/* "plural.group", or "plural" in the core group. */
static act_str qualified(act_arena *a, act_str plural, act_str group)
{
    act_str text;
    if (group.len == 0 ||
        act_arena_printf(a, &text, "%.*s.%.*s", ACT_STR_ARG(plural), ACT_STR_ARG(group)))
        return plural;
    return text;
}

static act_kube_status about(act_kube_status s, act_str group, act_str kind, act_str name)
{
    s.group = group;
    s.kind = kind;
    s.name = name;
    return s;
}

act_kube_status act_kube_not_found(act_arena *a, act_str group, act_str plural,
                                   act_str name)
{
    act_str q = qualified(a, plural, group);
    return about(act_kube_error(a, ACT_KUBE_NOT_FOUND, "%.*s \"%.*s\" not found",
                                ACT_STR_ARG(q), ACT_STR_ARG(name)),
                 group, plural, name);
}

act_kube_status act_kube_already_exists(act_arena *a, act_str group, act_str plural,
                                        act_str name)
{
    act_str q = qualified(a, plural, group);
    return about(act_kube_error(a, ACT_KUBE_ALREADY_EXISTS, "%.*s \"%.*s\" already exists",
                                ACT_STR_ARG(q), ACT_STR_ARG(name)),
                 group, plural, name);
}

act_kube_status act_kube_conflict(act_arena *a, act_str group, act_str plural, act_str name,
                                  act_str why)
{
    act_str q = qualified(a, plural, group);
    if (why.len == 0)
        why =
            ACT_STR("the object has been modified; please apply your changes to the latest "
                    "version and try again");
    return about(act_kube_error(a, ACT_KUBE_CONFLICT,
                                "Operation cannot be fulfilled on %.*s \"%.*s\": %.*s",
                                ACT_STR_ARG(q), ACT_STR_ARG(name), ACT_STR_ARG(why)),
                 group, plural, name);
}

act_kube_status act_kube_version_too_large(act_arena *a, uint64_t asked, uint64_t current)
{
    act_problems causes = act_problems_in(a);
    (void)act_problems_add(&causes, ACT_PROBLEM_VERSION_TOO_LARGE, (act_str){ 0 },
                           (act_str){ 0 }, "Too large resource version");
    act_kube_status s = act_kube_error(
        a, ACT_KUBE_TIMEOUT, "Too large resource version: %llu, current: %llu",
        (unsigned long long)asked, (unsigned long long)current);
    s.causes = causes.first;
    s.retry_after_s = ACT_KUBE_RETRY_AFTER_S;
    return s;
}

act_kube_status act_kube_method_not_allowed(act_arena *a, act_str group, act_str plural,
                                            act_str verb)
{
    act_str q = qualified(a, plural, group);
    return about(act_kube_error(a, ACT_KUBE_METHOD_NOT_ALLOWED,
                                "%.*s is not supported on resources of kind \"%.*s\"",
                                ACT_STR_ARG(verb), ACT_STR_ARG(q)),
                 group, plural, (act_str){ 0 });
}

/* Text of the value in quotes, as Go prints a string; numbers and objects come as strings
 * too and are shown like it. */
static void add_quoted(act_buf *out, act_str value)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_string(&w, value);
}

/* The problem without its field: what a cause's message is. */
static void problem_body(const act_problem *p, act_buf *out)
{
    if (!*act_problem_text(p->kind)) {
        act_buf_add(out, p->detail);
        return;
    }
    act_buf_add(out, act_str_cstr(act_problem_text(p->kind)));
    bool shows_value = p->kind == ACT_PROBLEM_INVALID || p->kind == ACT_PROBLEM_DUPLICATE ||
                       p->kind == ACT_PROBLEM_NOT_SUPPORTED;
    if (shows_value && p->value.ptr) {
        act_buf_add(out, ACT_STR(": "));
        add_quoted(out, p->value);
    }
    if (p->detail.len) {
        act_buf_add(out, ACT_STR(": "));
        act_buf_add(out, p->detail);
    }
}

void act_kube_problem_text(const act_problem *p, act_buf *out)
{
    act_buf_add(out, p->field);
    act_buf_add(out, ACT_STR(": "));
    problem_body(p, out);
}

act_kube_status act_kube_invalid(act_arena *a, act_str group, act_str kind, act_str name,
                                 const act_problems *problems)
{
    act_buf text = ACT_BUF_INIT;
    act_str q = qualified(a, kind, group);
    act_buf_printf(&text, "%.*s \"%.*s\" is invalid: ", ACT_STR_ARG(q), ACT_STR_ARG(name));
    bool several = problems->first && problems->first->next;
    act_buf_add(&text, several ? ACT_STR("[") : ACT_STR(""));
    for (const act_problem *p = problems->first; p; p = p->next) {
        act_kube_problem_text(p, &text);
        act_buf_add(&text, p->next ? ACT_STR(", ") : ACT_STR(""));
    }
    act_buf_add(&text, several ? ACT_STR("]") : ACT_STR(""));
    act_kube_status s = {
        .reason = ACT_KUBE_INVALID,
        .message = ACT_STR("the object is invalid"),
        .causes = problems->first,
    };
    act_str whole;
    if (!act_buf_err(&text) && !act_arena_str(a, act_buf_str(&text), &whole))
        s.message = whole;
    act_buf_done(&text);
    return about(s, group, kind, name);
}

static void write_causes(act_json_writer *w, const act_problem *causes)
{
    act_buf body = ACT_BUF_INIT;
    act_jw_key(w, ACT_STR("causes"));
    act_jw_array(w);
    for (const act_problem *p = causes; p; p = p->next) {
        act_buf_clear(&body);
        problem_body(p, &body);
        act_jw_object(w);
        act_jw_kv_string(w, "reason", act_str_cstr(act_problem_cause(p->kind)));
        act_jw_kv_string(w, "message", act_buf_str(&body));
        act_jw_kv_string_opt(w, "field", p->field);
        act_jw_object_end(w);
    }
    act_jw_array_end(w);
    if (act_buf_err(&body) && !w->out->err)
        w->out->err = act_buf_err(&body);
    act_buf_done(&body);
}

static void write_details(act_json_writer *w, const act_kube_status *s)
{
    if (!s->name.len && !s->group.len && !s->kind.len && !s->uid.len && !s->causes &&
        !s->retry_after_s)
        return;
    act_jw_key(w, ACT_STR("details"));
    act_jw_object(w);
    act_jw_kv_string_opt(w, "name", s->name);
    act_jw_kv_string_opt(w, "group", s->group);
    act_jw_kv_string_opt(w, "kind", s->kind);
    act_jw_kv_string_opt(w, "uid", s->uid);
    if (s->causes)
        write_causes(w, s->causes);
    if (s->retry_after_s)
        act_jw_kv_i64(w, "retryAfterSeconds", s->retry_after_s);
    act_jw_object_end(w);
}

void act_kube_status_write(const act_kube_status *s, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "kind", ACT_STR("Status"));
    act_jw_kv_string(&w, "apiVersion", ACT_STR("v1"));
    act_jw_key(&w, ACT_STR("metadata"));
    act_jw_object(&w);
    act_jw_kv_string_opt(&w, "continue", s->continue_token);
    act_jw_object_end(&w);
    act_jw_kv_string(&w, "status", ACT_STR("Failure"));
    act_jw_kv_string(&w, "message", s->message);
    act_jw_kv_string(&w, "reason", act_str_cstr(reasons[s->reason].text));
    write_details(&w, s);
    act_jw_kv_i64(&w, "code", reasons[s->reason].code);
    act_jw_object_end(&w);
}

void act_kube_success_write(act_str group, act_str plural, act_str name, act_str uid,
                            act_buf *out)
{
    act_kube_status s = { .group = group, .kind = plural, .name = name, .uid = uid };
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "kind", ACT_STR("Status"));
    act_jw_kv_string(&w, "apiVersion", ACT_STR("v1"));
    act_jw_kv_raw(&w, "metadata", ACT_STR("{}"));
    act_jw_kv_string(&w, "status", ACT_STR("Success"));
    write_details(&w, &s);
    act_jw_object_end(&w);
}
