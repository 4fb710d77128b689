#include "store/chdb_pool.h"
#include "store/store_backend.h"

#include "base/alloc.h"
#include "base/thread.h"

struct act_chdb_pool {
    act_chdb_pool_options options;
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    act_chdb_link *idle;
    size_t open; /* idle and out */
};

int act_chdb_fail(act_err *reterr, const char *exception)
{
    act_str text = act_str_cstr(exception);
    int err = act_store_error_of(text);
    /* "Code: 62. DB::Exception: " is no news to a reader; some come wrapped several times.
     */
    size_t at;
    while (act_str_starts(text, ACT_STR("Code: ")) &&
           (at = act_str_find(text, ACT_STR("Exception: "))) != SIZE_MAX)
        text = act_str_cut(text, at + 11);
    return act_fail(reterr, err, "%.*s", ACT_STR_ARG(text));
}

int act_chdb_run(const act_chdb_api *api, act_chdb_link *link, act_str sql, act_err *reterr)
{
    chdb_result *r = api->query_with_params_n(*link->conn, sql.ptr, sql.len, "Null", 4,
                                              NULL, NULL, NULL, NULL, 0);
    if (!r)
        return act_fail(reterr, ACT_EIO, "the engine gives no result");
    const char *exception = api->result_error(r);
    int err = exception ? act_chdb_fail(reterr, exception) : ACT_OK;
    api->destroy_query_result(r);
    return err;
}

int act_chdb_pool_new(const act_chdb_pool_options *options, act_chdb_pool **ret)
{
    act_chdb_pool *p = act_zalloc(1, sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    p->options = *options;
    if (pthread_mutex_init(&p->lock, NULL)) {
        act_dealloc(p);
        return ACT_ENOMEM;
    }
    int err = act_cond_init(&p->given_back);
    if (err) {
        pthread_mutex_destroy(&p->lock);
        act_dealloc(p);
        return err;
    }
    *ret = p;
    return ACT_OK;
}

static void close_link(const act_chdb_api *api, act_chdb_link *link)
{
    if (link->conn)
        api->close_conn(link->conn);
    act_dealloc(link);
}

void act_chdb_pool_free(act_chdb_pool *p)
{
    if (!p)
        return;
    while (p->idle) {
        act_chdb_link *link = p->idle;
        p->idle = link->next;
        close_link(p->options.api, link);
        p->open--;
    }
    assert(p->open == 0);
    pthread_cond_destroy(&p->given_back);
    pthread_mutex_destroy(&p->lock);
    act_dealloc(p);
}

static int open_link(const act_chdb_pool_options *o, act_chdb_link **ret, act_err *reterr)
{
    act_chdb_link *link = act_zalloc(1, sizeof *link);
    if (!link)
        return ACT_ENOMEM;
    link->conn = o->api->connect(o->argc, (char **)o->argv);
    if (!link->conn || !*link->conn) {
        close_link(o->api, link);
        return act_fail(
            reterr, ACT_EIO,
            "the embedded engine does not start; is its directory writable, and "
            "no other directory in use by this process?");
    }
    for (size_t i = 0; o->set[i]; i++) {
        int err = act_chdb_run(o->api, link, act_str_cstr(o->set[i]), reterr);
        if (err) {
            close_link(o->api, link);
            return err;
        }
    }
    *ret = link;
    return ACT_OK;
}

static void count_closed(act_chdb_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->open--;
    pthread_cond_signal(&p->given_back);
    pthread_mutex_unlock(&p->lock);
}

int act_chdb_pool_take(act_chdb_pool *p, act_chdb_link **ret, act_err *reterr)
{
    pthread_mutex_lock(&p->lock);
    bool in_time = true;
    while (!p->idle && p->open == p->options.max && in_time)
        in_time = act_cond_wait(&p->given_back, &p->lock, ACT_CHDB_POOL_WAIT_NS);
    act_chdb_link *link = p->idle;
    bool may_open = !link && p->open < p->options.max;
    if (link)
        p->idle = link->next;
    else if (may_open)
        p->open++;
    pthread_mutex_unlock(&p->lock);
    if (!link && !may_open)
        return act_fail(reterr, ACT_ELIMIT, "all %zu connections to the store are busy",
                        p->options.max);
    if (!link) {
        int err = open_link(&p->options, &link, reterr);
        if (err) {
            count_closed(p);
            return err;
        }
    }
    *ret = link;
    return ACT_OK;
}

void act_chdb_pool_give(act_chdb_pool *p, act_chdb_link *link)
{
    pthread_mutex_lock(&p->lock);
    link->next = p->idle;
    p->idle = link;
    pthread_cond_signal(&p->given_back);
    pthread_mutex_unlock(&p->lock);
}

/* The new one is opened first: with its last connection the engine stops. */
void act_chdb_pool_replace(act_chdb_pool *p, act_chdb_link *link)
{
    act_chdb_link *fresh;
    int err = open_link(&p->options, &fresh, NULL);
    close_link(p->options.api, link);
    if (err)
        count_closed(p);
    else
        act_chdb_pool_give(p, fresh);
}
