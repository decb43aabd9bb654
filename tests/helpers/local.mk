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

# The copies that npm reads have a folder of their own: beside the source's place make
# would find them first, and a changed source would not be seen.
helpers_npm = %D%/npm
check_DATA += $(helpers_npm)/node_modules.stamp
$(helpers_npm)/node_modules.stamp: %D%/package.json %D%/package-lock.json
	$(AM_V_at)$(MKDIR_P) $(helpers_npm)
	$(AM_V_at)for file in package.json package-lock.json; do \
	    $(INSTALL_DATA) $(srcdir)/%D%/$$file $(helpers_npm)/$$file || exit 1; done
	$(AM_V_GEN)cd $(helpers_npm) && if $(NPM) ci --ignore-scripts --no-audit --no-fund --prefer-offline \
	    --loglevel=error >npm.log 2>&1; then touch node_modules.stamp; \
	    else cat npm.log >&2; echo "tests/helpers: npm installed nothing; some comparisons are skipped" >&2; fi

clean-local: clean-helpers
.PHONY: clean-helpers
clean-helpers:
	-rm -rf $(helpers_npm)

# A runner that is quick to start and to go, a server whose delays are known, and a wall
# clock that jumps.
check_PROGRAMS += %D%/sender %D%/exact-server %D%/jump.so
%C%_sender_SOURCES = %D%/sender.c
%C%_sender_LDADD =
%C%_exact_server_SOURCES = %D%/exact-server.c
%C%_exact_server_LDADD =
%C%_jump_so_SOURCES = %D%/jump.c
%C%_jump_so_CFLAGS = $(PLUGIN_COMPILE) -fno-sanitize=all
%C%_jump_so_LDFLAGS = -shared
%C%_jump_so_LDADD =
