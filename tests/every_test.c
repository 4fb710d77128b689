/* What every test program does, whatever it tests. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* As the program itself (src/cmd/main.c): a peer that hangs up is an error of the write,
 * not the end of the process. */
__attribute__((constructor)) static void ignore_sigpipe(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
}

/* cmocka's end of a failed assertion. Outside the thread that runs the tests it would keep
 * the message to itself and call exit() under the feet of all others: say where, and stop.
 */
void _fail(const char *file, const int line);
void _fail(const char *file, const int line)
{
    if (gettid() != getpid()) {
        (void)fprintf(stderr, "%s:%d: an assertion failed in another thread\n", file, line);
        abort();
    }
    void (*fail)(const char *, int) = NULL;
    *(void **)&fail = dlsym(RTLD_NEXT, "_fail");
    fail(file, line);
    abort(); /* not reached: it jumps to the next test */
}
