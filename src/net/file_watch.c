#include "net/file_watch.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"

#include <sys/stat.h>

struct act_file_watch {
    act_file_watch_options o;
    act_file_mark seen[ACT_FILE_WATCH_MAX];
    atomic_bool stop;
    bool started;
    pthread_t thread;
};

act_file_mark act_file_mark_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return (act_file_mark){ 0 };
    return (act_file_mark){
        .device = st.st_dev,
        .inode = st.st_ino,
        .size = st.st_size,
        .changed_ns = st.st_mtim.tv_sec * ACT_NS_PER_S + st.st_mtim.tv_nsec,
    };
}

bool act_file_mark_eq(const act_file_mark *a, const act_file_mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed_ns == b->changed_ns;
}

/* Take the marks of all files; true when one differs from before. */
static bool look(act_file_watch *w)
{
    bool differs = false;
    for (size_t i = 0; i < ACT_FILE_WATCH_MAX; i++) {
        if (!w->o.paths[i])
            continue;
        act_file_mark now = act_file_mark_of(w->o.paths[i]);
        differs = differs || !act_file_mark_eq(&now, &w->seen[i]);
        w->seen[i] = now;
    }
    return differs;
}

static void *watch(void *arg)
{
    act_file_watch *w = arg;
    while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
        if (look(w))
            w->o.changed(w->o.ctx);
        act_sleep_ns(w->o.every_ns, &w->stop);
    }
    return NULL;
}

int act_file_watch_start(const act_file_watch_options *options, act_file_watch **ret)
{
    ACT_AUTO(act_file_watch) w = act_zalloc(1, sizeof *w);
    if (!w)
        return ACT_ENOMEM;
    w->o = *options;
    if (w->o.every_ns <= 0)
        w->o.every_ns = ACT_NS_PER_S;
    int r = act_thread_start(&w->thread, "file-watch", watch, w);
    if (r)
        return r;
    w->started = true;
    *ret = w;
    w = NULL;
    return 0;
}

void act_file_watch_free(act_file_watch *w)
{
    if (!w)
        return;
    atomic_store_explicit(&w->stop, true, memory_order_relaxed);
    if (w->started)
        (void)pthread_join(w->thread, NULL);
    act_dealloc(w);
}
