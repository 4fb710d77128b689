/* YAML bodies: anything is refused with a reason or becomes JSON, which written as YAML and
 * read again is the same. */
#include "base/json_build.h"
#include "kube/body.h"
#include "kube/yaml.h"

#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static act_arena *arena;
    const act_json *object = NULL, *again = NULL;
    act_kube_status status;
    if (!arena)
        require(act_arena_new(256 << 20, 0, &arena) == ACT_OK);
    act_arena_reset(arena);
    act_str text = act_str_from((const char *)data, size);
    if (!act_body_parse(arena, text, ACT_KUBE_CONTENT_YAML, &object, &status)) {
        require(status.message.len > 0);
        return 0;
    }
    act_buf yaml = ACT_BUF_INIT;
    act_yaml_write(object, &yaml);
    require(!act_buf_err(&yaml));
    if (!act_body_parse(arena, act_buf_str(&yaml), ACT_KUBE_CONTENT_YAML, &again,
                        &status)) {
        (void)fprintf(stderr, "%.*s\n%.*s\n", ACT_STR_ARG(status.message),
                      ACT_STR_ARG(act_buf_str(&yaml)));
        abort();
    }
    require(act_json_equal(object, again));
    act_buf_done(&yaml);
    return 0;
}
