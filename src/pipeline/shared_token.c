#include "pipeline/shared_token.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/secret.h"
#include "net/file_watch.h"

#include <pthread.h>

enum { TOKEN_MAX = 4096, LOOK_EVERY_MS = 1000 };

struct act_shared_token {
    act_str file; /* NUL-terminated */
    act_clock clock;
    act_log *log;
    pthread_mutex_t lock; /* of what follows */
    act_buf token;
    act_file_mark seen; /* the file when it was read */
    int64_t looked_mono_ns;
};

static void forget(act_buf *secret)
{
    if (secret->ptr)
        act_wipe(secret->ptr, secret->size);
    act_buf_done(secret);
}

/* The token of the file in place of the old one. */
static int read_locked(act_shared_token *t, act_err *reterr)
{
    act_buf fresh = ACT_BUF_INIT;
    act_file_mark mark = act_file_mark_of(t->file.ptr);
    int r = act_file_read(t->file.ptr, TOKEN_MAX, &fresh, reterr);
    if (!r && act_str_trim(act_buf_str(&fresh)).len == 0)
        r = act_fail(reterr, ACT_EINVAL, "%s: no token in it", t->file.ptr);
    if (r) {
        forget(&fresh);
        return r;
    }
    forget(&t->token);
    t->token = fresh;
    t->seen = mark;
    return ACT_OK;
}

static void refresh_locked(act_shared_token *t)
{
    act_err e = ACT_ERR_INIT;
    int64_t now = act_mono_ns(t->clock);
    if (now - t->looked_mono_ns < LOOK_EVERY_MS * ACT_NS_PER_MS)
        return;
    t->looked_mono_ns = now;
    act_file_mark mark = act_file_mark_of(t->file.ptr);
    if (act_file_mark_eq(&mark, &t->seen))
        return;
    if (read_locked(t, &e))
        act_warn(t->log, "the token file cannot be read, the old token stays",
                 ACT_F_CSTR("error", e.text));
    else
        act_info(t->log, "the token file was read again", ACT_F_STR("file", t->file));
}

int act_shared_token_new(act_str file, act_clock clock, act_log *log,
                         act_shared_token **ret, act_err *reterr)
{
    act_shared_token *t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    t->clock = clock;
    t->log = log;
    t->looked_mono_ns = act_mono_ns(clock);
    (void)pthread_mutex_init(&t->lock, NULL);
    int r = act_str_dup(file, &t->file);
    if (!r)
        r = read_locked(t, reterr);
    if (r) {
        act_shared_token_free(t);
        return r;
    }
    *ret = t;
    return ACT_OK;
}

void act_shared_token_free(act_shared_token *t)
{
    if (!t)
        return;
    forget(&t->token);
    act_str_free(t->file);
    (void)pthread_mutex_destroy(&t->lock);
    act_dealloc(t);
}

bool act_shared_token_is(act_shared_token *t, act_str presented)
{
    (void)pthread_mutex_lock(&t->lock);
    refresh_locked(t);
    act_str token = act_str_trim(act_buf_str(&t->token));
    bool is = presented.len == token.len &&
              act_mem_eq_secret(presented.ptr, token.ptr, token.len);
    (void)pthread_mutex_unlock(&t->lock);
    return is;
}
