#include "base/buf.h"
#include "base/file.h"
#include "base/secret.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/record_post.h"

#include <sys/stat.h>

enum { UNREADABLE_SHOWN = 10, TOKEN_FILE_MAX = 64 << 10, BAR_WIDTH = 30 };

typedef struct {
    const act_cli *cli;
    act_poster *poster;
    const char *path;
    uint64_t files;
    uint64_t unreadable;
    uint64_t bytes_total; /* of all files; 0 when one is not a file */
    uint64_t bytes_before;
    int64_t start_ns;
    int64_t drawn_ns;
    bool drawn;
    act_err error;
} importing;

/* ---- progress ---------------------------------------------------------------------- */

static double seconds_since(const importing *im)
{
    return (double)(act_mono_ns(im->cli->clock) - im->start_ns) / 1e9;
}

static void clear_bar(importing *im)
{
    if (im->drawn)
        (void)fputs("\r\033[K", im->cli->err);
    im->drawn = false;
}

static void draw_bar(void *ctx, uint64_t bytes)
{
    importing *im = ctx;
    int64_t now = act_mono_ns(im->cli->clock);
    if (!im->cli->err_is_terminal || now - im->drawn_ns < 100 * ACT_NS_PER_MS)
        return;
    im->drawn_ns = now;
    uint64_t sent = act_poster_counts(im->poster).sent;
    double seconds = seconds_since(im);
    double rate = seconds > 0 ? (double)sent / seconds : 0;
    (void)fputs("\r\033[K", im->cli->err);
    if (im->bytes_total > 0) {
        double part = (double)(im->bytes_before + bytes) / (double)im->bytes_total;
        part = part > 1 ? 1 : part;
        int full = (int)(part * BAR_WIDTH);
        static const char dashes[] = "##############################";
        (void)fprintf(im->cli->err, "[%.*s%*s] %3.0f%%  ", full, dashes, BAR_WIDTH - full,
                      "", part * 100);
    }
    (void)fprintf(im->cli->err, "%lu records, %.0f/s", (unsigned long)sent, rate);
    (void)fflush(im->cli->err);
    im->drawn = true;
}

/* ---- records ----------------------------------------------------------------------- */

static int add_record(void *ctx, enum act_record_form form, act_str json)
{
    importing *im = ctx;
    return act_poster_add(im->poster, form, json, &im->error);
}

static void note_unreadable(void *ctx, uint64_t line, const char *why)
{
    importing *im = ctx;
    if (im->unreadable++ >= UNREADABLE_SHOWN)
        return;
    clear_bar(im);
    if (line > 0)
        (void)fprintf(im->cli->err, "%s:%lu: %s\n", im->path, (unsigned long)line, why);
    else
        (void)fprintf(im->cli->err, "%s: %s\n", im->path, why);
}

static uint64_t size_of(const char *path)
{
    struct stat st;
    bool file = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    return file ? (uint64_t)st.st_size : 0;
}

static int import_files(importing *im, const act_args *args)
{
    const act_record_sink sink = {
        .record = add_record, .unreadable = note_unreadable, .progress = draw_bar, .ctx = im
    };
    size_t n = act_args_operand_count(args);
    for (size_t i = 0; i < n; i++) {
        uint64_t size = size_of(act_args_operand(args, i));
        if (size == 0) {
            im->bytes_total = 0;
            break;
        }
        im->bytes_total += size;
    }
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        im->path = act_args_operand(args, i);
        r = act_record_file_read(im->path, &sink, &im->error);
        im->bytes_before += size_of(im->path);
        im->files++;
    }
    return r ? r : act_poster_flush(im->poster, &im->error);
}

static void print_summary(importing *im)
{
    act_post_counts c = act_poster_counts(im->poster);
    double seconds = seconds_since(im);
    clear_bar(im);
    const char *reason;
    for (size_t i = 0; (reason = act_poster_reason(im->poster, i)); i++)
        (void)fprintf(im->cli->err, "refused: %s\n", reason);
    (void)fprintf(im->cli->out,
                  "%lu records of %lu files in %.1f s (%.0f/s): %lu accepted, %lu skipped, "
                  "%lu refused, %lu unreadable\n",
                  (unsigned long)c.sent, (unsigned long)im->files, seconds,
                  seconds > 0 ? (double)c.sent / seconds : 0, (unsigned long)c.accepted,
                  (unsigned long)c.skipped, (unsigned long)c.refused,
                  (unsigned long)im->unreadable);
}

/* ---- command ----------------------------------------------------------------------- */

static int open_poster(const act_cli *cli, const act_args *args, act_poster **ret,
                       act_err *reterr)
{
    act_buf token = ACT_BUF_INIT;
    const char *token_file = act_args_text(args, "token-file");
    int r = token_file ? act_file_read(token_file, TOKEN_FILE_MAX, &token, reterr) : 0;
    if (!r) {
        act_post_options options = { .url = act_str_cstr(act_args_text(args, "to")),
                                     .token = act_str_trim(act_buf_str(&token)),
                                     .ca_file = act_args_text(args, "ca-file"),
                                     .retry_ns = act_args_duration(args, "retry"),
                                     .clock = cli->clock };
        r = act_poster_new(&options, ret, reterr);
    }
    if (token.ptr)
        act_wipe(token.ptr, token.len);
    act_buf_done(&token);
    return r;
}

static int run(const act_cli *cli, const act_args *args)
{
    importing im = { .cli = cli, .error = ACT_ERR_INIT };
    int r = open_poster(cli, args, &im.poster, &im.error);
    if (!r) {
        im.start_ns = act_mono_ns(cli->clock);
        r = import_files(&im, args);
        print_summary(&im);
    }
    if (r)
        (void)fprintf(cli->err, "activity import: %s\n",
                      im.error.text[0] ? im.error.text : act_strerror(r));
    bool complete = !r && im.unreadable == 0 && act_poster_counts(im.poster).refused == 0;
    act_poster_free(im.poster);
    return complete ? ACT_EXIT_OK : ACT_EXIT_FAILED;
}

static const act_option options[] = {
    { "to", ACT_OPTION_TEXT, "URL", "http://127.0.0.1:8080", "the collector" },
    { "retry", ACT_OPTION_DURATION, "TIME", "30s",
      "how long a collector that is busy or away is tried again" },
    { "token-file", ACT_OPTION_TEXT, "FILE", NULL,
      "file with the collector's bearer token" },
    { "ca-file", ACT_OPTION_TEXT, "FILE", NULL, "CA of an https collector" },
};

const act_command act_command_import = {
    .name = "import",
    .operands = "FILE...|-",
    .summary = "Post files of audit events and Events to a collector.",
    .description =
        "Reads audit log files (JSON lines as a kube-apiserver writes them), EventLists of "
        "audit.k8s.io/v1, and lists of Events of v1 and events.k8s.io/v1 (as kubectl get "
        "events -o json prints them), plain or gzip, and posts their records. \"-\" is the "
        "standard input.\n\n"
        "Records that the collector has already are recognised, so an import that was cut "
        "off is simply run again. What cannot be read is told with file and line and does "
        "not stop the rest; the exit status then is 1.",
    .options = options,
    .n_options = ACT_COUNT(options),
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .examples = { { "activity import /var/log/kubernetes/audit/*.log",
                    "Load the audit logs of a control plane" },
                  { "kubectl get events -A -o json | activity import -",
                    "Load the Events that a cluster has now" } },
    .run = run,
};
