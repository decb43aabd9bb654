# SPDX-License-Identifier: Apache-2.0
# What tests compare our figures with. Where npm cannot install it (no network) the
# tests that need it say so and are skipped.
EXTRA_DIST += \
    %D%/broken-runner.py \
    %D%/hdr-oracle.cjs \
    %D%/messages.h \
    %D%/package.json \
    %D%/package-lock.json \
    %D%/validate-json \
    %D%/websocket-server.cjs

check_DATA += %D%/node_modules.stamp
%D%/node_modules.stamp: %D%/package.json %D%/package-lock.json
	$(AM_V_at)$(MKDIR_P) %D%
	$(AM_V_at)for file in package.json package-lock.json; do \
	    test $(srcdir)/%D%/$$file -ef %D%/$$file || cp $(srcdir)/%D%/$$file %D%/$$file || exit 1; done
	$(AM_V_GEN)cd %D% && if $(NPM) ci --ignore-scripts --no-audit --no-fund --prefer-offline \
	    --loglevel=error >npm.log 2>&1; then touch node_modules.stamp; \
	    else cat npm.log >&2; echo "tests/helpers: npm installed nothing; some comparisons are skipped" >&2; fi

# In a build folder of its own the copies go too.
clean-local: clean-helpers
.PHONY: clean-helpers
clean-helpers:
	-rm -rf %D%/node_modules
	test $(srcdir)/%D%/package.json -ef %D%/package.json || rm -f %D%/package.json %D%/package-lock.json
CLEANFILES += %D%/node_modules.stamp %D%/npm.log

# A runner that is quick to start and to go, and a wall clock that jumps.
check_PROGRAMS += %D%/sender %D%/jump.so
%C%_sender_SOURCES = %D%/sender.c
%C%_sender_LDADD =
%C%_jump_so_SOURCES = %D%/jump.c
%C%_jump_so_CFLAGS = $(PLUGIN_COMPILE) -fno-sanitize=all
%C%_jump_so_LDFLAGS = -shared
%C%_jump_so_LDADD =
