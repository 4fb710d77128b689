/* Every test program ignores SIGPIPE, as the program itself does (src/cmd/main.c): a peer
 * that hangs up is an error of the write, not the end of the process. */
#include <signal.h>

__attribute__((constructor)) static void ignore_sigpipe(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
}
