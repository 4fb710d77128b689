/* ctest: labels=threads timeout=120 */
#include "sqlite_backend.h"

int main(void)
{
    return broker_suite_run(&sqlite_backend);
}
