# SPDX-License-Identifier: Apache-2.0
# loads-bridge: makes a load test of any program. What it knows of the protocol are
# the C runner's own parts.
bin_PROGRAMS += loads-bridge
loads_bridge_SOURCES = \
    %D%/bridge.c %D%/bridge.h \
    %D%/environment.c %D%/environment.h \
    %D%/line.c %D%/line.h \
    %D%/main.c \
    %D%/program.c %D%/program.h \
    %D%/splitter.c %D%/splitter.h \
    %D%/user.c %D%/user.h \
    runners/c/deal.c runners/c/fiber.c runners/c/loop.c runners/c/message.c runners/c/random.c \
    runners/c/reporter.c runners/c/settings.c runners/c/uplink.c runners/c/url.c runners/c/wheel.c
loads_bridge_CPPFLAGS = -I$(srcdir)/%D% $(C_RUNNER_CPPFLAGS)
# url.c asks libcurl; the part that settings.c uses does not.
loads_bridge_CFLAGS = $(AM_CFLAGS) -ffunction-sections $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(ZMQ_CFLAGS)
loads_bridge_LDFLAGS = $(AM_LDFLAGS) -Wl,--gc-sections
loads_bridge_LDADD = libloads.a $(JANSSON_LIBS) $(ZMQ_LIBS) -lm

RUN_TESTS += %D%/tests/bridge.py
EXTRA_DIST += %D%/tests/bridge.py
