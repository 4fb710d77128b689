/* What every test program does, whatever it tests. */
#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t program;

__attribute__((constructor)) static void begin(void)
{
    program = getpid();
    /* As the program itself (src/cmd/main.c): a peer that hangs up is an error of the
     * write, not the end of the process. */
    (void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
}

/* cmocka would take a crash for a failed assertion, and in a thread of its own end the
 * program without a word. A crash is a crash, for the debugger and the sanitizers: nobody
 * else asks for handlers by this function. */
void (*signal(int number, void (*handler)(int)))(int)
{
    (void)number, (void)handler;
    return SIG_DFL;
}

/* Has this process no thread but the one that asks? */
static bool is_alone(void)
{
    int entries = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks)
        return false;
    while (readdir(tasks))
        entries++;
    (void)closedir(tasks);
    return entries == 3; /* ".", ".." and the thread */
}

/* cmocka's end of a failed assertion is a jump out of the test, into the next one. That is
 * right in a program of one thread. Threads that a test has started may use what lies in
 * the frames that the jump leaves, and would write into those of cmocka and of later tests:
 * with others about, cmocka prints the failure and ends the program instead
 * (CMOCKA_TEST_ABORT). Outside the thread that runs the tests, and in children of the
 * program, cmocka would keep the message to itself. */
void _fail(const char *file, const int line);
void _fail(const char *file, const int line)
{
    bool elsewhere = gettid() != program;
    (void)fprintf(stderr, "%s:%d: an assertion failed%s\n", file, line,
                  elsewhere ? " in another thread or process" : "");
    if (elsewhere)
        abort();
    if (!is_alone())
        (void)setenv("CMOCKA_TEST_ABORT", "1", 1);
    void (*fail)(const char *, int) = NULL;
    *(void **)&fail = dlsym(RTLD_NEXT, "_fail");
    fail(file, line);
    abort(); /* not reached */
}
