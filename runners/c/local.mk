# SPDX-License-Identifier: Apache-2.0
# loads-c-runner: load tests in C. Its executable exports what <loads/test.h>
# declares, and nothing else, to the tests that it loads.
bin_PROGRAMS += loads-c-runner
loads_c_runner_SOURCES = \
    %D%/assert.c \
    %D%/compiler.c %D%/compiler.h \
    %D%/cookies.c %D%/cookies.h \
    %D%/crash.c %D%/crash.h \
    %D%/crowd.c %D%/crowd.h \
    %D%/event.h \
    %D%/fiber.c %D%/fiber.h \
    %D%/http1.c %D%/http1.h \
    %D%/http1_parser.c %D%/http1_parser.h \
    %D%/library.c %D%/library.h \
    %D%/loop.c %D%/loop.h \
    %D%/main.c \
    %D%/message.c %D%/message.h \
    %D%/multi.c %D%/multi.h \
    %D%/reporter.c %D%/reporter.h \
    %D%/resolver.c %D%/resolver.h \
    %D%/response.c %D%/response.h \
    %D%/session.c %D%/session.h \
    %D%/settings.c %D%/settings.h \
    %D%/sockets.c %D%/sockets.h \
    %D%/stream.c %D%/stream.h \
    %D%/tap.c %D%/tap.h \
    %D%/tls.c %D%/tls.h \
    %D%/transfer.c %D%/transfer.h \
    %D%/transport.h \
    %D%/upgrade.c %D%/upgrade.h \
    %D%/uplink.c %D%/uplink.h \
    %D%/url.c %D%/url.h \
    %D%/user.c %D%/user.h \
    %D%/websocket.c %D%/websocket.h \
    %D%/wheel.c %D%/wheel.h
loads_c_runner_CPPFLAGS = -I$(srcdir)/%D%/include -I$(srcdir)/%D% $(AM_CPPFLAGS) \
    -DINCLUDEDIR='"$(includedir)"' -DSOURCE_INCLUDEDIR='"$(abs_top_srcdir)/%D%/include"'
loads_c_runner_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(ZMQ_CFLAGS) $(OPENSSL_CFLAGS)
loads_c_runner_LDFLAGS = $(AM_LDFLAGS) -rdynamic
loads_c_runner_LDADD = libloads.a $(CURL_LIBS) $(ZMQ_LIBS) $(OPENSSL_LIBS) $(WSLAY_LIBS) -ldl -lm

pkginclude_HEADERS += %D%/include/loads/test.h
pkgconfig_DATA += %D%/loads-test.pc
EXTRA_DIST += %D%/examples/shop.c docs/tutorial/first-c-test.md docs/reference/c-test.md

RUN_TESTS += %D%/tests/c_runner.py %D%/tests/c_runner_libcurl.py %D%/tests/websocket.py
EXTRA_DIST += %D%/tests/c_runner.py %D%/tests/c_runner_libcurl.py %D%/tests/harness.py %D%/tests/cases.c
EXTRA_DIST += %D%/tests/websocket.py %D%/tests/websocket_cases.c
