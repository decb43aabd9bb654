# SPDX-License-Identifier: Apache-2.0
# loads-c-runner: load tests in C. Its executable exports what <loads/test.h>
# declares to the tests that it loads, and the functions of libcurl in patch.c.
bin_PROGRAMS += loads-c-runner
loads_c_runner_SOURCES = \
    %D%/assert.c \
    %D%/compiler.c %D%/compiler.h \
    %D%/cookies.c %D%/cookies.h \
    %D%/crash.c %D%/crash.h \
    %D%/crowd.c %D%/crowd.h \
    %D%/curl_hit.c %D%/curl_hit.h \
    %D%/event.h \
    %D%/fiber.c %D%/fiber.h \
    %D%/http1.c %D%/http1.h \
    %D%/http1_parser.c %D%/http1_parser.h \
    %D%/library.c %D%/library.h \
    %D%/loop.c %D%/loop.h \
    %D%/main.c \
    %D%/message.c %D%/message.h \
    %D%/multi.c %D%/multi.h \
    %D%/patch.c %D%/patch.h \
    %D%/reporter.c %D%/reporter.h \
    %D%/resolver.c %D%/resolver.h \
    %D%/response.c %D%/response.h \
    %D%/session.c %D%/session.h \
    %D%/settings.c %D%/settings.h \
    %D%/tap.c %D%/tap.h \
    %D%/transfer.c %D%/transfer.h \
    %D%/transport.h \
    %D%/uplink.c %D%/uplink.h \
    %D%/url.c %D%/url.h \
    %D%/user.c %D%/user.h \
    %D%/wheel.c %D%/wheel.h
loads_c_runner_CPPFLAGS = -I$(srcdir)/%D%/include -I$(srcdir)/%D% $(AM_CPPFLAGS) \
    -DINCLUDEDIR='"$(includedir)"' -DSOURCE_INCLUDEDIR='"$(abs_top_srcdir)/%D%/include"'
loads_c_runner_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(ZMQ_CFLAGS)
loads_c_runner_LDFLAGS = $(AM_LDFLAGS) -rdynamic
loads_c_runner_LDADD = libloads.a $(CURL_LIBS) $(ZMQ_LIBS) -ldl -lm

# The recorder for any program that uses libcurl: what is preloaded, and what that
# loads when there is something to tell. Both live in programs that are built
# without sanitizers, so they are too.
recorderdir = $(pkglibdir)
recorder_PROGRAMS = %D%/loads-curl-recorder.so %D%/loads-curl-link.so
RECORDER_COMPILE = -std=gnu11 -fvisibility=hidden -pthread $(WARNINGS) -fPIC $(CURL_CFLAGS)
%C%_loads_curl_recorder_so_SOURCES = core/base/clock.c %D%/curl_hit.c %D%/curl_hit.h %D%/preload.c
%C%_loads_curl_recorder_so_CFLAGS = $(RECORDER_COMPILE)
%C%_loads_curl_recorder_so_LDFLAGS = -pthread -shared
%C%_loads_curl_recorder_so_LDADD = -ldl
%C%_loads_curl_link_so_SOURCES = \
    core/base/buffer.c core/base/clock.c core/base/err.c core/base/json_writer.c core/base/memory.c \
    core/base/utf8.c %D%/message.c %D%/recorder.c %D%/recorder.h %D%/settings.c %D%/uplink.c
%C%_loads_curl_link_so_CFLAGS = $(RECORDER_COMPILE) $(ZMQ_CFLAGS)
%C%_loads_curl_link_so_LDFLAGS = -pthread -shared
%C%_loads_curl_link_so_LDADD = $(ZMQ_LIBS) -lm

pkginclude_HEADERS += %D%/include/loads/test.h
pkgconfig_DATA += %D%/loads-test.pc
EXTRA_DIST += %D%/examples/shop.c docs/tutorial/first-c-test.md docs/reference/c-test.md

RUN_TESTS += %D%/tests/c_runner.py %D%/tests/c_runner_libcurl.py %D%/tests/curl_patch.py %D%/tests/recorder.py
EXTRA_DIST += %D%/tests/c_runner.py %D%/tests/c_runner_libcurl.py %D%/tests/curl_patch.py \
    %D%/tests/recorder.py %D%/tests/harness.py %D%/tests/cases.c %D%/tests/curl_cases.c
check_PROGRAMS += %D%/tests/transfers
%C%_tests_transfers_SOURCES = %D%/tests/transfers.c
%C%_tests_transfers_CFLAGS = $(RECORDER_COMPILE)
%C%_tests_transfers_LDFLAGS = -pthread
%C%_tests_transfers_LDADD = $(CURL_LIBS)
