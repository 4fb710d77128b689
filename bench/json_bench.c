/* JSON: MB/s and ns per record of a JSON-lines file, whole and with lazy subtrees. */
#include "base/clock.h"
#include "base/json.h"

enum { RECORDS_MAX = 1 << 16, SECONDS_EACH = 1 };

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    size_t size = 0, len = 0, n;
    char *text = NULL;
    do {
        size = size ? size * 2 : 1 << 20;
        char *more = realloc(text, size);
        if (!more)
            break;
        text = more;
        n = fread(text + len, 1, size - len, f);
        len += n;
    } while (len == size);
    (void)fclose(f); /* only read from */
    *ret_len = len;
    return text;
}

static int measure(const char *name, const act_str *record, size_t count, size_t lazy_above)
{
    ACT_AUTO(act_json_parser) p = NULL;
    ACT_AUTO(act_arena) a = NULL;
    act_err e = ACT_ERR_INIT;
    if (act_json_parser_new((act_json_limits){ .lazy_above = lazy_above }, &p) ||
        act_arena_new(64 << 20, 0, &a))
        return 1;
    act_clock clock = act_clock_system();
    uint64_t records = 0, bytes = 0, found = 0;
    int64_t best = INT64_MAX, start = act_mono_ns(clock), end = start;
    while (end - start < SECONDS_EACH * ACT_NS_PER_S) {
        int64_t from = end;
        for (size_t i = 0; i < count; i++) {
            const act_json *v;
            act_arena_reset(a);
            if (act_json_parse(p, a, record[i], 0, &v, &e))
                return (void)fprintf(stderr, "record %zu: %s\n", i, e.text), 1;
            found += act_json_get(v, ACT_STR("verb")) != NULL;
            bytes += record[i].len;
        }
        records += count;
        end = act_mono_ns(clock);
        best = end - from < best ? end - from : best;
    }
    double ns = (double)(end - start);
    printf("%-22s %7.0f ns/record (best %.0f)  %6.0f MB/s  %zu records, %.0f bytes each\n",
           name, ns / (double)records, (double)best / (double)count,
           (double)bytes * 1000 / ns, count, (double)bytes / (double)records);
    return found == 0;
}

int main(int argc, char **argv)
{
    static act_str record[RECORDS_MAX];
    const char *path = argc > 1 ? argv[1] : ACT_SOURCE_DIR "/tests/data/audit.jsonl";
    size_t len, count = 0;
    char *text = read_file(path, &len);
    if (!text)
        return perror(path), 1;
    for (act_str left = { text, len }, line; left.len > 0 && count < RECORDS_MAX;) {
        left = act_str_split(left, '\n', &line);
        if (line.len > 0)
            record[count++] = line;
    }
    int failed = measure("whole", record, count, SIZE_MAX) ||
                 measure("lazy above 256 bytes", record, count, 256) ||
                 measure("lazy above 1 KiB", record, count, 1024);
    free(text);
    return failed;
}
