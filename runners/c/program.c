/* SPDX-License-Identifier: Apache-2.0 */
/* main() of a program that is linked with libloads-test: its own tests, once. */
#include <errno.h>
#include <stdio.h>

#include <loads/test.h>

#include "arguments.h"
#include "base/err.h"
#include "crash.h"
#include "library.h"
#include "once.h"
#include "parameters.h"
#include "session.h"
#include "settings.h"
#include "alarm.h"

LOADS_EXPORT int main(int argc, char **argv);

static const char usage[] =
    "Usage: PROGRAM [OPTION...] [NAME]\n"
    "\n"
    "Runs the program's load tests once, as functional tests, and prints TAP. NAME is\n"
    "one exported function; without it all whose names start with \"test\" run.\n";

static int
complain(const struct err *err)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->text);
    return EXIT_USAGE;
}

static int
run(const struct settings *settings)
{
    struct library library;
    struct tls_settings trust = { .ca_file = settings->ca_file, .is_unverified = settings->is_insecure };
    struct network network;
    struct alarm alarm;
    struct err err = { 0 };
    int code;

    if (alarm_open(&alarm, &err) < 0 || network_open(&network, &trust, settings->needs_libcurl, &err) < 0)
        return complain(&err);
    if (library_open_self(&library, settings->test, &err) < 0) {
        code = complain(&err);
    } else if (parameters_open(&library, settings, &err) < 0) {
        code = complain(&err);
        library_close(&library);
    } else {
        crash_handle();
        library_setup(&library);
        code = run_once(settings, &library, &network, &alarm);
        library_teardown(&library);
        parameters_close(&library);
        library_close(&library);
    }
    network_close(&network);
    alarm_close(&alarm);
    return code;
}

int
main(int argc, char **argv)
{
    struct arguments arguments;
    struct settings settings;
    struct err err = { 0 };
    int code = arguments_read(&arguments, argc, argv, usage);

    if (code >= 0)
        return code;
    if (settings_init_alone(&settings, &arguments, &err) < 0)
        return complain(&err);
    code = run(&settings);
    settings_clear(&settings);
    return code;
}
