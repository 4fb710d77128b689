#include "cmd/policy_files.h"

#include "api/schemas.h"
#include "base/file.h"
#include "core/activity.h"
#include "kube/duplicates.h"
#include "kube/object.h"
#include "kube/yaml.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

typedef struct {
    act_arena *arena;
    act_policy_file_fn *fn;
    void *ctx;
    act_err *reterr;
} reading;

static int read_documents(const reading *r, const char *path, act_str text)
{
    const act_yaml_document *docs = NULL;
    size_t n = 0;
    act_err e = ACT_ERR_INIT;
    int err = act_yaml_read(r->arena, text, NULL, &docs, &n, &e);
    if (err && e.line > 0)
        return act_fail_at(r->reterr, err, e.line, e.column, e.offset, "%s:%u:%u: %s", path,
                           e.line, e.column, e.text);
    if (err)
        return act_fail(r->reterr, err, "%s: %s", path,
                        e.text[0] ? e.text : act_strerror(err));
    for (size_t i = 0; i < n && !err; i++) {
        act_policy_file_doc doc = { path, docs[i].line, docs[i].value };
        err = r->fn(r->ctx, &doc, r->reterr);
    }
    return err;
}

static int read_file(const reading *r, const char *path)
{
    act_buf buf = ACT_BUF_INIT;
    act_str text, name;
    act_err e = ACT_ERR_INIT;
    int err = act_file_read(path, ACT_POLICY_FILE_BYTES_MAX, &buf, &e);
    if (err) {
        act_buf_done(&buf);
        return act_fail(r->reterr, err, "%s: %s", path,
                        e.text[0] ? e.text : act_strerror(err));
    }
    err = act_arena_str(r->arena, act_buf_str(&buf), &text);
    act_buf_done(&buf);
    if (!err)
        err = act_arena_str(r->arena, act_str_cstr(path), &name);
    return err ? err : read_documents(r, name.ptr, text);
}

static int is_policy_file_name(const struct dirent *d)
{
    act_str name = act_str_cstr(d->d_name);
    return name.ptr[0] != '.' &&
           (act_str_ends(name, ACT_STR(".yaml")) || act_str_ends(name, ACT_STR(".yml")) ||
            act_str_ends(name, ACT_STR(".json")));
}

static int read_folder(const reading *r, const char *path)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, is_policy_file_name, alphasort);
    if (n < 0)
        return act_fail(r->reterr, ACT_EIO, "%s: %s", path, strerror(errno));
    int err = 0;
    if (n > ACT_POLICY_FILES_MAX)
        err = act_fail(r->reterr, ACT_ELIMIT, "%s: more than %d files", path,
                       ACT_POLICY_FILES_MAX);
    for (int i = 0; i < n; i++) {
        act_str full;
        if (!err)
            err = act_arena_printf(r->arena, &full, "%s/%s", path, names[i]->d_name);
        if (!err)
            err = read_file(r, full.ptr);
        free(names[i]);
    }
    free(names);
    return err;
}

int act_policy_files_read(const char *path, act_arena *a, act_policy_file_fn *fn, void *ctx,
                          act_err *reterr)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return act_fail(reterr, errno == ENOENT ? ACT_ENOTFOUND : ACT_EIO, "%s: %s", path,
                        strerror(errno));
    reading r = { a, fn, ctx, reterr };
    return S_ISDIR(st.st_mode) ? read_folder(&r, path) : read_file(&r, path);
}

bool act_policy_file_is_policy(const act_json *object)
{
    return act_json_is(act_json_get(object, ACT_STR("kind")), ACT_STR("ActivityPolicy")) &&
           act_json_is(act_json_get(object, ACT_STR("apiVersion")),
                       ACT_STR(ACT_GROUP_VERSION));
}

static void tell(act_str path, const char *what, act_problems *problems)
{
    (void)act_problems_add(problems, ACT_PROBLEM_FORBIDDEN, path, (act_str){ 0 }, "%s",
                           what);
}

int act_policy_file_check(act_arena *a, const act_json *object, act_problems *problems)
{
    enum { TOLD_MAX = 32 };
    size_t before = problems->count, twice = 0;
    act_str paths[TOLD_MAX];
    act_schema_findings found = { .arena = a };
    act_schema_check(&act_schema_policy, object, &found);
    int r = found.err ? found.err : act_duplicates_find(a, object, paths, TOLD_MAX, &twice);
    if (r)
        return r;
    for (size_t i = 0; i < found.n_unknown && i < ACT_COUNT(found.unknown); i++)
        tell(found.unknown[i], "there is no such field", problems);
    for (size_t i = 0; i < twice && i < TOLD_MAX; i++)
        tell(paths[i], "is there twice", problems);
    act_object_check_meta(object, problems);
    return problems->count > before ? ACT_EINVAL : 0;
}
