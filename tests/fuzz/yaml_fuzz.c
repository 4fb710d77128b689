/* YAML bodies: anything is refused with a reason or becomes JSON, which written as YAML and
 * read again is the same. However aliases multiply and brackets nest, what is read stays
 * within the limits, those of every body and very small ones. */
#include "base/json_build.h"
#include "kube/body.h"
#include "kube/yaml.h"

#include <stdlib.h>

enum { BODY_MAX = 3 << 20 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Values in @v, as often as they are shown; each below @depth levels. */
static uint64_t count(const act_json *v, uint32_t depth)
{
    uint64_t sum = 1;
    size_t n = 0;
    require(depth > 0);
    if (v->type == ACT_JSON_ARRAY) {
        const act_json *items = act_json_items(v, &n);
        for (size_t i = 0; i < n; i++)
            sum += count(&items[i], depth - 1);
    } else if (v->type == ACT_JSON_OBJECT) {
        const act_json_member *members = act_json_members(v, &n);
        for (size_t i = 0; i < n; i++)
            sum += count(&members[i].value, depth - 1);
    }
    return sum;
}

static void keep_limits(act_arena *a, act_str text, act_yaml_limits limits)
{
    const act_yaml_document *docs;
    size_t n = 0;
    act_err e = ACT_ERR_INIT;
    int r = act_yaml_read(a, text, &limits, &docs, &n, &e);
    require(r == 0 || (e.text[0] && (r == ACT_EPARSE || r == ACT_ELIMIT)));
    if (r)
        return;
    uint64_t nodes = 0;
    for (size_t i = 0; i < n; i++)
        nodes += count(docs[i].value, limits.max_depth + 1);
    require(nodes <= limits.max_nodes && n <= limits.max_documents);
    require(text.len <= limits.max_bytes);
}

/* Equal keys are all that the two ways of reading differ in. */
static void differ_in_repeats(act_arena *a, act_str text)
{
    const act_yaml_document *docs, *last;
    size_t n = 0, n_last = 0;
    act_yaml_repeats repeats;
    int r = act_yaml_read(a, text, NULL, &docs, &n, NULL);
    int r_last = act_yaml_read_last(a, text, NULL, &repeats, &last, &n_last, NULL);
    require(r_last ? r != 0 : (r == 0) == (repeats.n == 0));
    require(r || n == n_last);
    for (size_t i = 0; !r && i < n; i++)
        require(act_json_equal(docs[i].value, last[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static act_arena *arena;
    act_body_source source, again;
    act_kube_status status;
    if (!arena)
        require(act_arena_new(256 << 20, 0, &arena) == ACT_OK);
    act_arena_reset(arena);
    act_str text = act_str_from((const char *)data, size);
    keep_limits(arena, text, (act_yaml_limits){ BODY_MAX, 128, 200000, 1000 });
    keep_limits(arena, text, (act_yaml_limits){ 1 << 10, 8, 64, 4 });
    differ_in_repeats(arena, text);
    if (!act_body_parse(arena, text, ACT_KUBE_CONTENT_YAML, &source, &status)) {
        require(status.message.len > 0);
        return 0;
    }
    act_buf yaml = ACT_BUF_INIT;
    act_yaml_write(source.object, &yaml);
    require(!act_buf_err(&yaml));
    if (yaml.len > BODY_MAX) { /* what aliases stood for is written in full */
        act_buf_done(&yaml);
        return 0;
    }
    if (!act_body_parse(arena, act_buf_str(&yaml), ACT_KUBE_CONTENT_YAML, &again,
                        &status)) {
        (void)fprintf(stderr, "%.*s\n%.*s\n", ACT_STR_ARG(status.message),
                      ACT_STR_ARG(act_buf_str(&yaml)));
        abort();
    }
    require(act_json_equal(source.object, again.object));
    require(again.repeats.n == 0);
    act_buf_done(&yaml);
    return 0;
}
