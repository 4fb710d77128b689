#include "pipeline/audit_tail.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "pipeline/intake.h"
#include "pipeline/tail_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNK = 1 << 20,
    POLL_MS = 200,
    GRACE_POLLS = 5,
    SAVE_EVERY_MS = 1000,
    RETRY_FIRST_MS = 250,
    RETRY_MOST_MS = 5000,
};

struct act_audit_tail {
    act_audit_tail_options o;
    act_str place_path; /* NUL-terminated */
    act_tail_files *files;
    act_intake *intake;
    act_buf chunk; /* what was read at place.offset */
    size_t want;   /* bytes to read at once; grows for a long line */
    int fd;        /* -1: no file yet */
    act_tail_place place;
    bool unsaved;
    int64_t saved_mono_ns;
    bool missing_told;

    atomic_bool stop;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t caught_up;
    uint64_t rounds_begun, rounds_done; /* looks that went to the end of the file */

    act_counter *lines, *bytes, *too_long, *rotations, *cut_off, *failures;
    act_gauge *behind;
};

/* ---- the place ----------------------------------------------------------------------- */

static void save(act_audit_tail *t, bool now)
{
    int64_t at = act_mono_ns(t->o.clock);
    if (!t->unsaved || (!now && at - t->saved_mono_ns < SAVE_EVERY_MS * ACT_NS_PER_MS))
        return;
    act_err e = ACT_ERR_INIT;
    t->saved_mono_ns = at;
    if (act_tail_place_save(&t->place, t->place_path.ptr, &e) == 0) {
        t->unsaved = false;
        return;
    }
    act_counter_add(t->failures, 1);
    act_error(t->o.log, "the place in the audit log is not saved",
              ACT_F_CSTR("error", e.text));
}

static void advance(act_audit_tail *t, size_t n)
{
    act_tail_advance(t->files, &t->place, act_str_head(act_buf_str(&t->chunk), n));
    act_counter_add(t->bytes, n);
    t->unsaved = true;
    save(t, false);
}

/* ---- lines --------------------------------------------------------------------------- */

/* Until the log takes them, or stop (ACT_ECLOSED). */
static int publish(act_audit_tail *t)
{
    int64_t wait = RETRY_FIRST_MS * ACT_NS_PER_MS;
    act_intake_result taken;
    act_err e = ACT_ERR_INIT;
    int r;
    while ((r = act_intake_publish(t->intake, &taken, &e))) {
        act_counter_add(t->failures, 1);
        act_warn(t->o.log, "the log does not take lines of the audit log, trying again",
                 ACT_F_CSTR("error", e.text));
        act_sleep_ns(wait, &t->stop);
        if (atomic_load(&t->stop))
            return ACT_ECLOSED;
        wait = 2 * wait < RETRY_MOST_MS * ACT_NS_PER_MS ? 2 * wait
                                                        : RETRY_MOST_MS * ACT_NS_PER_MS;
    }
    return r;
}

/* A line into the intake; what is gathered goes first when memory is short. */
static int add_text(act_audit_tail *t, act_str text)
{
    int r = act_intake_add(t->intake, text, ACT_BATCH_AUDIT);
    if (r != ACT_ENOMEM)
        return r;
    r = publish(t);
    return r ? r : act_intake_add(t->intake, text, ACT_BATCH_AUDIT);
}

static int add_long(act_audit_tail *t, act_str line)
{
    act_counter_add(t->too_long, 1);
    act_warn(t->o.log, "a line of the audit log is too long",
             ACT_F_I64("offset", t->place.offset));
    size_t kept = t->o.line_max < ACT_INTAKE_KEPT_MAX ? t->o.line_max : ACT_INTAKE_KEPT_MAX;
    return add_text(t, act_str_head(line, kept)); /* cut, so it is refused */
}

static int take_lines(act_audit_tail *t, act_str lines)
{
    int r = 0;
    while (lines.len > 0 && !r) {
        act_str line;
        lines = act_str_split(lines, '\n', &line);
        line = act_str_trim(line);
        if (line.len == 0)
            continue;
        act_counter_add(t->lines, 1);
        r = line.len > t->o.line_max ? add_long(t, line) : add_text(t, line);
    }
    int p = publish(t); /* what is gathered points into the chunk: it cannot wait */
    return r ? r : p;
}

/* ---- chunks -------------------------------------------------------------------------- */

/* Up to t->want bytes at the place. ACT_EGONE: the file was cut off, or is another. */
static int read_chunk(act_audit_tail *t)
{
    act_buf_clear(&t->chunk);
    char *room = act_buf_reserve(&t->chunk, t->want);
    if (!room)
        return ACT_ENOMEM;
    while (t->chunk.len < t->want) {
        ssize_t n = pread(t->fd, room + t->chunk.len, t->want - t->chunk.len,
                          (off_t)(t->place.offset + t->chunk.len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ACT_EIO;
        if (n == 0)
            break;
        t->chunk.len += (size_t)n;
    }
    /* Looked at after reading: so the bytes are of this file. */
    return act_tail_is_at(t->files, t->fd, &t->place) ? ACT_OK : ACT_EGONE;
}

/* The rest of a line that was too long. */
static int skip_line(act_audit_tail *t)
{
    act_str chunk = act_buf_str(&t->chunk);
    size_t end = act_str_find_byte(chunk, '\n');
    t->place.in_long_line = end == SIZE_MAX;
    advance(t, end == SIZE_MAX ? chunk.len : end + 1);
    return ACT_OK;
}

/* No newline in sight: read on, wait for more, or give the line up. */
static int grow_or_cut(act_audit_tail *t)
{
    if (t->chunk.len < t->want)
        return ACT_EAGAIN;
    if (t->want <= t->o.line_max) {
        t->want *= 2;
        return ACT_OK;
    }
    int r = add_long(t, act_buf_str(&t->chunk));
    if (!r)
        r = publish(t);
    if (r)
        return r;
    t->place.in_long_line = true;
    advance(t, t->chunk.len);
    return ACT_OK;
}

/* One chunk of the open file. ACT_EAGAIN: its end is reached. @is_over: nothing will be
 * appended to it, so that its last line may lack the newline. */
static int step(act_audit_tail *t, bool is_over)
{
    int r = read_chunk(t);
    if (r)
        return r;
    act_str chunk = act_buf_str(&t->chunk);
    if (chunk.len == 0)
        return ACT_EAGAIN;
    if (t->place.in_long_line)
        return skip_line(t);
    size_t end = act_str_rfind_byte(chunk, '\n');
    bool is_last = is_over && chunk.len < t->want;
    if (end == SIZE_MAX && !is_last)
        return grow_or_cut(t);
    size_t n = is_last ? chunk.len : end + 1;
    r = take_lines(t, act_str_head(chunk, n));
    if (r)
        return r;
    advance(t, n);
    if (t->want > CHUNK) {
        act_buf_done(&t->chunk);
        t->want = CHUNK;
    }
    return ACT_OK;
}

/* ---- files --------------------------------------------------------------------------- */

/* Find the file of the place. Where it is nowhere, what was not read of it is lost, and the
 * file at the path is begun. */
static int open_file(act_audit_tail *t)
{
    struct stat st;
    int r = act_tail_find(t->files, &t->place, &t->fd);
    if (r != ACT_ENOTFOUND || t->place.head_len == 0 || stat(t->o.path.ptr, &st))
        return r; /* without a file at all, it may come back */
    act_counter_add(t->cut_off, 1);
    act_warn(t->o.log, "the audit log was cut off and its rest is nowhere",
             ACT_F_STR("path", t->o.path), ACT_F_I64("offset", t->place.offset));
    t->place = (act_tail_place){ .offset = 0 };
    t->unsaved = true;
    return act_tail_find(t->files, &t->place, &t->fd);
}

static int go_to_next(act_audit_tail *t)
{
    int next;
    int r = act_tail_next(t->files, t->fd, &t->place, &next);
    if (r)
        return r;
    close(t->fd);
    t->fd = next;
    t->unsaved = true;
    act_counter_add(t->rotations, 1);
    save(t, true);
    return ACT_OK;
}

/* The beginning is not what it was: cut off after it was copied away, or replaced. The rest
 * is in the copy, if there is one. */
static int reopen_file(act_audit_tail *t)
{
    close(t->fd);
    t->fd = -1;
    act_counter_add(t->rotations, 1);
    return open_file(t);
}

/* Nobody writes to the open file any more: another stands at the path, and some time has
 * passed since it was written to or renamed (both change its ctime), for writers that are
 * told of the rotation only afterwards. */
static bool is_over(const act_audit_tail *t, bool *ret_left)
{
    struct stat st;
    *ret_left = !act_tail_is_current(t->files, t->fd);
    if (!*ret_left || fstat(t->fd, &st))
        return false;
    int64_t age =
        act_wall_ns(t->o.clock) - (st.st_ctim.tv_sec * ACT_NS_PER_S + st.st_ctim.tv_nsec);
    return age < 0 || age >= t->o.grace_ns;
}

/* To the end of the last file. ACT_EAGAIN: there. */
static int look(act_audit_tail *t)
{
    int r = t->fd < 0 ? open_file(t) : ACT_OK;
    while (!r && !atomic_load(&t->stop)) {
        bool left, over = is_over(t, &left); /* asked before reading, so that it holds */
        r = step(t, over);
        if (r == ACT_EGONE) {
            r = reopen_file(t);
        } else if (r == ACT_EAGAIN && over) {
            r = go_to_next(t);
        } else if (r == ACT_EAGAIN && left) {
            act_sleep_ns(t->o.poll_ns, &t->stop);
            r = ACT_OK;
        }
    }
    if (r != ACT_ENOTFOUND)
        return r;
    if (!t->missing_told)
        act_warn(t->o.log, "there is no audit log yet", ACT_F_STR("path", t->o.path));
    t->missing_told = true;
    return ACT_EAGAIN;
}

/* ---- the thread ---------------------------------------------------------------------- */

static void note_behind(act_audit_tail *t)
{
    struct stat st;
    if (t->fd >= 0 && fstat(t->fd, &st) == 0)
        act_gauge_set(t->behind, (int64_t)st.st_size - (int64_t)t->place.offset);
}

static void note_round(act_audit_tail *t, uint64_t round)
{
    (void)pthread_mutex_lock(&t->lock);
    t->rounds_done = round;
    (void)pthread_cond_broadcast(&t->caught_up);
    (void)pthread_mutex_unlock(&t->lock);
}

static void *run(void *arg)
{
    act_audit_tail *t = arg;
    while (!atomic_load(&t->stop)) {
        (void)pthread_mutex_lock(&t->lock);
        uint64_t round = ++t->rounds_begun;
        (void)pthread_mutex_unlock(&t->lock);
        int r = look(t);
        note_behind(t);
        if (r == ACT_EAGAIN) {
            save(t, true);
            note_round(t, round);
        } else if (r && r != ACT_ECLOSED) {
            act_counter_add(t->failures, 1);
            act_error(t->o.log, "the audit log cannot be read", ACT_F_ERR(r),
                      ACT_F_STR("path", t->o.path));
        }
        if (r)
            act_sleep_ns(t->o.poll_ns, &t->stop);
    }
    save(t, true);
    return NULL;
}

int act_audit_tail_drain(act_audit_tail *t, int64_t wait_ns)
{
    act_clock steady = act_clock_system();
    int64_t deadline = act_mono_ns(steady) + wait_ns;
    (void)pthread_mutex_lock(&t->lock);
    uint64_t wanted = t->rounds_begun + 1; /* one that begins after now */
    for (int64_t left;
         t->rounds_done < wanted && (left = deadline - act_mono_ns(steady)) > 0;)
        (void)act_cond_wait(&t->caught_up, &t->lock, left);
    int r = t->rounds_done < wanted ? ACT_EAGAIN : ACT_OK;
    (void)pthread_mutex_unlock(&t->lock);
    return r;
}

/* ---- life ---------------------------------------------------------------------------- */

static void find_metrics(act_audit_tail *t)
{
    act_metrics *m = t->o.metrics;
    t->lines = act_metrics_counter(m, "activity_audit_tail_lines_total",
                                   "Lines read from the audit log file.", NULL);
    t->bytes = act_metrics_counter(m, "activity_audit_tail_bytes_total",
                                   "Bytes read from the audit log file.", NULL);
    t->too_long = act_metrics_counter(m, "activity_audit_tail_too_long_total",
                                      "Lines that were cut as too long.", NULL);
    t->rotations = act_metrics_counter(m, "activity_audit_tail_rotations_total",
                                       "Times the audit log file was another one.", NULL);
    t->cut_off = act_metrics_counter(
        m, "activity_audit_tail_lost_place_total",
        "Times the rest of a file that was being read could not be found.", NULL);
    t->failures = act_metrics_counter(m, "activity_audit_tail_failures_total",
                                      "Reads, publishes and saves that failed.", NULL);
    t->behind = act_metrics_gauge(m, "activity_audit_tail_behind_bytes",
                                  "Bytes of the audit log file not yet taken in.", NULL);
}

static int load_place(act_audit_tail *t, act_err *reterr)
{
    int r = act_tail_place_load(t->place_path.ptr, &t->place, reterr);
    return r == ACT_ENOTFOUND ? ACT_OK : r;
}

static int prepare(act_audit_tail *t, act_err *reterr)
{
    const act_intake_options intake = { .broker = t->o.broker,
                                        .clock = t->o.clock,
                                        .metrics = t->o.metrics,
                                        .stages = t->o.stages };
    int r = act_str_dup(t->o.path, &t->o.path);
    if (r) {
        t->o.path = (act_str){ 0 }; /* the caller's, not ours to free */
        return r;
    }
    r = act_str_dup(t->o.place_path, &t->place_path);
    if (!r)
        r = act_tail_files_new(t->o.path, &t->files);
    if (!r)
        r = act_intake_new(&intake, &t->intake);
    return r ? r : load_place(t, reterr);
}

int act_audit_tail_start(const act_audit_tail_options *o, act_audit_tail **ret,
                         act_err *reterr)
{
    act_audit_tail *t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    t->o = *o;
    t->fd = -1;
    t->want = CHUNK;
    if (!t->o.poll_ns)
        t->o.poll_ns = POLL_MS * ACT_NS_PER_MS;
    if (!t->o.grace_ns)
        t->o.grace_ns = GRACE_POLLS * t->o.poll_ns;
    if (!t->o.line_max)
        t->o.line_max = ACT_INTAKE_RECORD_MAX;
    find_metrics(t);
    (void)pthread_mutex_init(&t->lock, NULL);
    int r = act_cond_init(&t->caught_up);
    if (r) {
        (void)pthread_mutex_destroy(&t->lock);
        act_dealloc(t);
        return r;
    }
    r = prepare(t, reterr);
    if (!r)
        r = act_thread_start(&t->thread, "audit-tail", run, t);
    if (r) {
        act_audit_tail_free(t);
        return r;
    }
    t->started = true;
    *ret = t;
    return ACT_OK;
}

void act_audit_tail_free(act_audit_tail *t)
{
    if (!t)
        return;
    atomic_store(&t->stop, true);
    if (t->started)
        (void)pthread_join(t->thread, NULL);
    if (t->fd >= 0)
        close(t->fd);
    act_intake_free(t->intake);
    act_tail_files_free(t->files);
    act_buf_done(&t->chunk);
    act_str_free(t->place_path);
    act_str_free(t->o.path);
    (void)pthread_cond_destroy(&t->caught_up);
    (void)pthread_mutex_destroy(&t->lock);
    act_dealloc(t);
}
