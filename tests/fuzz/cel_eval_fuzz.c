/* Any text that compiles: evaluated within low limits on fixed values, it gives the same in
 * every way of compiling it and by the reference walker. */
#include "fuzz/support/cel_laws.h"

/* Chosen bytes, so that the variables hold something. */
static const uint8_t WORLD[] =
    "fixed values \x05\x0d\x16 for all \xc3 variables \x7f of the "
    "\x21 event \x42 and \x33 beside \x11 it, with enough of them "
    "\x17 for \x67 each list \x2b to have some";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool drawn; /* the world is the same for all inputs */
    cel_laws *l = cel_laws_open();
    if (!drawn) {
        fuzz_input in = { WORLD, sizeof WORLD - 1, 0 };
        cel_laws_draw(l, &in);
        drawn = true;
    }
    (void)cel_laws_hold(l, act_str_from(data, size)); /* claims are checked inside */
    return 0;
}
