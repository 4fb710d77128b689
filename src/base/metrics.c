#include "base/metrics.h"

#include "base/alloc.h"
#include "base/number.h"

#include <pthread.h>
#include <stdatomic.h>

enum { LABEL_VALUE_MAX_BYTES = 256 }; /* longer values are cut */

struct act_counter {
    atomic_uint_least64_t value;
};

struct act_gauge {
    atomic_int_least64_t value;
};

struct act_histogram {
    const double *bounds; /* the family's */
    size_t n;
    atomic_uint_least64_t *bucket; /* n + 1, the last one for +Inf; not cumulative */
    atomic_uint_least64_t sum;     /* bits of a double */
};

enum family_type { COUNTER, GAUGE, HISTOGRAM };

struct series {
    act_str labels; /* as printed between the braces: a="b",c="d" */
    union {
        act_counter counter;
        act_gauge gauge;
        act_histogram histogram;
    } as;
};

struct family {
    act_str name;
    act_str help;
    enum family_type type;
    double *bounds;
    size_t bound_count;
    struct series **series; /* by labels */
    size_t count;
    size_t size;
};

struct collector {
    void (*fn)(void *ctx);
    void *ctx;
};

struct act_metrics {
    pthread_mutex_t collecting; /* of the collectors, also while they run; before lock */
    pthread_mutex_t lock;
    struct family **family; /* by name */
    size_t count;
    size_t size;
    struct collector *collector;
    size_t collector_count;
    size_t collector_size;
    act_buf labels; /* scratch of a look-up */
};

const double act_buckets_seconds[11] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                         0.5,   1,    2.5,   5,    10 };

/* What callers without a registry count on: written, never read. They are globals because
 * a look-up must give a series even when there is no memory for one. */
static act_counter dummy_counter;
static act_gauge dummy_gauge;
static atomic_uint_least64_t dummy_bucket[1];
static act_histogram dummy_histogram = { .bucket = dummy_bucket };

int act_metrics_new(act_metrics **ret)
{
    act_metrics *m = act_zalloc(1, sizeof *m);
    if (!m)
        return ACT_ENOMEM;
    if (pthread_mutex_init(&m->lock, NULL) != 0)
        goto no_lock;
    if (pthread_mutex_init(&m->collecting, NULL) != 0)
        goto no_collecting;
    *ret = m;
    return ACT_OK;
no_collecting:
    pthread_mutex_destroy(&m->lock);
no_lock:
    act_dealloc(m);
    return ACT_ENOMEM;
}

static void free_series(struct family *f, struct series *s)
{
    if (f->type == HISTOGRAM)
        act_dealloc(s->as.histogram.bucket);
    act_str_free(s->labels);
    act_dealloc(s);
}

static void free_family(struct family *f)
{
    for (size_t i = 0; i < f->count; i++)
        free_series(f, f->series[i]);
    act_dealloc(f->series);
    act_dealloc(f->bounds);
    act_str_free(f->name);
    act_str_free(f->help);
    act_dealloc(f);
}

void act_metrics_free(act_metrics *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        free_family(m->family[i]);
    act_dealloc(m->family);
    act_dealloc(m->collector);
    act_buf_done(&m->labels);
    pthread_mutex_destroy(&m->lock);
    pthread_mutex_destroy(&m->collecting);
    act_dealloc(m);
}

/* Room for one more item in a growing array; NULL when memory is out. */
static void *grown(void *items, size_t count, size_t *size, size_t item_bytes)
{
    if (count < *size)
        return items;
    size_t more = *size ? *size * 2 : 8, bytes;
    if (act_mul_overflows(more, item_bytes, &bytes))
        return NULL;
    void *moved = act_realloc(items, bytes);
    if (moved)
        *size = more;
    return moved;
}

/* Escapes of the text format: backslash and line feed, in label values quotes too. */
static void add_escaped(act_buf *out, act_str text, bool quotes)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\n') {
            act_buf_add(out, ACT_STR("\\n"));
            continue;
        }
        if (c == '\\' || (quotes && c == '"'))
            act_buf_add_byte(out, '\\');
        act_buf_add_byte(out, c);
    }
}

/* The format is UTF-8; a byte that is not becomes U+FFFD. */
static void add_label_value(act_buf *out, act_str value)
{
    value = act_str_head(value, LABEL_VALUE_MAX_BYTES);
    while (value.len > 0) {
        size_t good = act_str_utf8_prefix(value);
        add_escaped(out, act_str_head(value, good), true);
        value = act_str_cut(value, good);
        if (value.len > 0) {
            act_buf_add(out, ACT_STR("\xEF\xBF\xBD"));
            value = act_str_cut(value, 1);
        }
    }
}

/* a="b",c="d" into the scratch buffer; with @other every value reads "_other". */
static int render_labels_locked(act_metrics *m, const char *const *labels, bool other)
{
    act_buf *out = &m->labels;
    act_buf_clear(out);
    for (size_t i = 0; labels && labels[i]; i += 2) {
        assert(i < 2 * ACT_METRIC_LABELS_MAX && labels[i + 1]);
        if (i > 0)
            act_buf_add_byte(out, ',');
        act_buf_add(out, act_str_cstr(labels[i]));
        act_buf_add(out, ACT_STR("=\""));
        add_label_value(out, other ? ACT_STR("_other") : act_str_cstr(labels[i + 1]));
        act_buf_add_byte(out, '"');
    }
    return act_buf_err(out);
}

/* Position of the first family not before @name. */
static size_t family_at(const act_metrics *m, act_str name)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (act_str_cmp(m->family[mid]->name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static size_t series_at(const struct family *f, act_str labels)
{
    size_t low = 0, high = f->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (act_str_cmp(f->series[mid]->labels, labels) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct family_spec {
    act_str name;
    act_str help;
    enum family_type type;
    const double *bounds;
    size_t bound_count;
};

static struct family *new_family(const struct family_spec *spec)
{
    struct family *f = act_zalloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->type = spec->type;
    if (act_str_dup(spec->name, &f->name) || act_str_dup(spec->help, &f->help))
        goto fail;
    if (spec->bound_count > 0) {
        f->bounds = act_zalloc(spec->bound_count, sizeof *f->bounds);
        if (!f->bounds)
            goto fail;
        memcpy(f->bounds, spec->bounds, spec->bound_count * sizeof *f->bounds);
        f->bound_count = spec->bound_count;
    }
    return f;
fail:
    free_family(f);
    return NULL;
}

static struct family *find_family_locked(act_metrics *m, const struct family_spec *spec)
{
    size_t at = family_at(m, spec->name);
    if (at < m->count && act_str_eq(m->family[at]->name, spec->name)) {
        assert(m->family[at]->type == spec->type); /* one name, one type */
        return m->family[at];
    }
    struct family **array = grown(m->family, m->count, &m->size, sizeof(*m->family));
    if (!array)
        return NULL;
    m->family = array;
    struct family *f = new_family(spec);
    if (!f)
        return NULL;
    memmove(array + at + 1, array + at, (m->count - at) * sizeof(*array));
    array[at] = f;
    m->count++;
    return f;
}

static struct series *new_series(struct family *f, act_str labels)
{
    struct series *s = act_zalloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (f->type == HISTOGRAM) {
        act_histogram *h = &s->as.histogram;
        h->bounds = f->bounds;
        h->n = f->bound_count;
        h->bucket = act_zalloc(h->n + 1, sizeof *h->bucket);
        if (!h->bucket)
            goto fail;
    }
    if (act_str_dup(labels, &s->labels) == ACT_OK)
        return s;
fail:
    free_series(f, s);
    return NULL;
}

static struct series *insert_series_locked(struct family *f, size_t at, act_str labels)
{
    struct series **array = grown(f->series, f->count, &f->size, sizeof(*f->series));
    if (!array)
        return NULL;
    f->series = array;
    struct series *s = new_series(f, labels);
    if (!s)
        return NULL;
    memmove(array + at + 1, array + at, (f->count - at) * sizeof(*array));
    array[at] = s;
    f->count++;
    return s;
}

static struct series *find_series_locked(act_metrics *m, const struct family_spec *spec,
                                         const char *const *labels)
{
    struct family *f = find_family_locked(m, spec);
    if (!f)
        return NULL;
    for (int other = 0; other < 2; other++) {
        if (render_labels_locked(m, labels, other) != ACT_OK)
            return NULL;
        act_str text = act_buf_str(&m->labels);
        size_t at = series_at(f, text);
        if (at < f->count && act_str_eq(f->series[at]->labels, text))
            return f->series[at];
        if (f->count < ACT_METRIC_SERIES_MAX || other)
            return insert_series_locked(f, at, text);
    }
    return NULL;
}

static struct series *find_series(act_metrics *m, const struct family_spec *spec,
                                  const char *const *labels)
{
    if (!m)
        return NULL;
    pthread_mutex_lock(&m->lock);
    struct series *s = find_series_locked(m, spec, labels);
    pthread_mutex_unlock(&m->lock);
    return s;
}

act_counter *act_metrics_counter(act_metrics *m, const char *name, const char *help,
                                 const char *const *labels)
{
    struct family_spec spec = { act_str_cstr(name), act_str_cstr(help), COUNTER, NULL, 0 };
    struct series *s = find_series(m, &spec, labels);
    return s ? &s->as.counter : &dummy_counter;
}

act_gauge *act_metrics_gauge(act_metrics *m, const char *name, const char *help,
                             const char *const *labels)
{
    struct family_spec spec = { act_str_cstr(name), act_str_cstr(help), GAUGE, NULL, 0 };
    struct series *s = find_series(m, &spec, labels);
    return s ? &s->as.gauge : &dummy_gauge;
}

act_histogram *act_metrics_histogram(act_metrics *m, const char *name, const char *help,
                                     const double *bounds, size_t n,
                                     const char *const *labels)
{
    struct family_spec spec = { act_str_cstr(name), act_str_cstr(help), HISTOGRAM, bounds,
                                n };
    struct series *s = find_series(m, &spec, labels);
    return s ? &s->as.histogram : &dummy_histogram;
}

void act_counter_add(act_counter *c, uint64_t n)
{
    atomic_fetch_add_explicit(&c->value, n, memory_order_relaxed);
}

uint64_t act_counter_value(const act_counter *c)
{
    return atomic_load_explicit(&c->value, memory_order_relaxed);
}

void act_gauge_set(act_gauge *g, int64_t v)
{
    atomic_store_explicit(&g->value, v, memory_order_relaxed);
}

void act_gauge_add(act_gauge *g, int64_t delta)
{
    atomic_fetch_add_explicit(&g->value, delta, memory_order_relaxed);
}

int64_t act_gauge_value(const act_gauge *g)
{
    return atomic_load_explicit(&g->value, memory_order_relaxed);
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

void act_histogram_observe(act_histogram *h, double v)
{
    size_t i = 0;
    while (i < h->n && !(v <= h->bounds[i]))
        i++;
    atomic_fetch_add_explicit(&h->bucket[i], 1, memory_order_relaxed);
    uint_least64_t old = atomic_load_explicit(&h->sum, memory_order_relaxed);
    while (
        !atomic_compare_exchange_weak_explicit(&h->sum, &old, bits_of(double_of(old) + v),
                                               memory_order_relaxed, memory_order_relaxed))
        ;
}

int act_metrics_on_collect(act_metrics *m, void (*fn)(void *ctx), void *ctx)
{
    int err = ACT_ENOMEM;
    if (!m)
        return ACT_OK;
    pthread_mutex_lock(&m->collecting);
    struct collector *array =
        grown(m->collector, m->collector_count, &m->collector_size, sizeof *array);
    if (array) {
        m->collector = array;
        m->collector[m->collector_count++] = (struct collector){ fn, ctx };
        err = ACT_OK;
    }
    pthread_mutex_unlock(&m->collecting);
    return err;
}

void act_metrics_off_collect(act_metrics *m, void (*fn)(void *ctx), void *ctx)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->collecting);
    size_t kept = 0;
    for (size_t i = 0; i < m->collector_count; i++)
        if (m->collector[i].fn != fn || m->collector[i].ctx != ctx)
            m->collector[kept++] = m->collector[i];
    m->collector_count = kept;
    pthread_mutex_unlock(&m->collecting);
}

static void run_collectors(act_metrics *m)
{
    pthread_mutex_lock(&m->collecting);
    for (size_t i = 0; i < m->collector_count; i++)
        m->collector[i].fn(m->collector[i].ctx); /* which looks up or sets metrics */
    pthread_mutex_unlock(&m->collecting);
}

/* name suffix {labels} and a space; @le, when not empty, is one more label. */
static void add_head(act_buf *out, const struct family *f, const char *suffix,
                     act_str labels, act_str le)
{
    act_buf_add(out, f->name);
    act_buf_add(out, act_str_cstr(suffix));
    if (labels.len > 0 || le.len > 0) {
        act_buf_add_byte(out, '{');
        act_buf_add(out, labels);
        if (labels.len > 0 && le.len > 0)
            act_buf_add_byte(out, ',');
        act_buf_add(out, le);
        act_buf_add_byte(out, '}');
    }
    act_buf_add_byte(out, ' ');
}

static void add_f64(act_buf *out, double v)
{
    char text[ACT_F64_TEXT_MAX];
    act_buf_add(out, act_str_from(text, act_f64_format(v, text)));
}

/* The count is the sum of the buckets read here, so that the lines agree with each other
 * while other threads observe. */
static void add_histogram(act_buf *out, const struct family *f, const struct series *s)
{
    const act_histogram *h = &s->as.histogram;
    uint64_t count = 0;
    for (size_t i = 0; i <= h->n; i++) {
        count += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
        char le[ACT_F64_TEXT_MAX + sizeof "le=\"\""] = "le=\"+Inf";
        size_t len = sizeof "le=\"+Inf" - 1;
        if (i < h->n)
            len =
                sizeof "le=\"" - 1 + act_f64_format(h->bounds[i], le + sizeof "le=\"" - 1);
        le[len++] = '"';
        add_head(out, f, "_bucket", s->labels, act_str_from(le, len));
        act_buf_add_u64(out, count);
        act_buf_add_byte(out, '\n');
    }
    add_head(out, f, "_sum", s->labels, (act_str){ 0 });
    add_f64(out, double_of(atomic_load_explicit(&h->sum, memory_order_relaxed)));
    act_buf_add_byte(out, '\n');
    add_head(out, f, "_count", s->labels, (act_str){ 0 });
    act_buf_add_u64(out, count);
    act_buf_add_byte(out, '\n');
}

static void add_series(act_buf *out, const struct family *f, const struct series *s)
{
    switch (f->type) {
    case COUNTER:
        add_head(out, f, "", s->labels, (act_str){ 0 });
        act_buf_add_u64(out, act_counter_value(&s->as.counter));
        act_buf_add_byte(out, '\n');
        break;
    case GAUGE:
        add_head(out, f, "", s->labels, (act_str){ 0 });
        act_buf_add_i64(out, act_gauge_value(&s->as.gauge));
        act_buf_add_byte(out, '\n');
        break;
    case HISTOGRAM:
        add_histogram(out, f, s);
        break;
    }
}

static act_str type_name(enum family_type type)
{
    switch (type) {
    case COUNTER:
        return ACT_STR("counter");
    case GAUGE:
        return ACT_STR("gauge");
    case HISTOGRAM:
        return ACT_STR("histogram");
    }
    return ACT_STR("untyped");
}

void act_metrics_text(act_metrics *m, act_buf *out)
{
    run_collectors(m);
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->count; i++) {
        const struct family *f = m->family[i];
        act_buf_add(out, ACT_STR("# HELP "));
        act_buf_add(out, f->name);
        act_buf_add_byte(out, ' ');
        add_escaped(out, f->help, false);
        act_buf_add(out, ACT_STR("\n# TYPE "));
        act_buf_add(out, f->name);
        act_buf_add_byte(out, ' ');
        act_buf_add(out, type_name(f->type));
        act_buf_add_byte(out, '\n');
        for (size_t k = 0; k < f->count; k++)
            add_series(out, f, f->series[k]);
    }
    pthread_mutex_unlock(&m->lock);
}
