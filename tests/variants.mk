# SPDX-License-Identifier: Apache-2.0
# The same tests another way, and checks of the source itself.

# A build of its own under the sanitizers, in asan/, configured like this one. A
# crash there ends by a signal, as it does without them.
check-asan:
	$(AM_V_at)$(MKDIR_P) asan
	$(AM_V_at)test -f asan/Makefile || { set -e; \
	    eval "set -- `./config.status --config`"; cd asan; \
	    $(abs_top_srcdir)/configure --quiet "$$@" --enable-sanitizers; }
	ASAN_OPTIONS=$${ASAN_OPTIONS:-abort_on_error=1} $(MAKE) -C asan check

# The unit tests under valgrind, which takes minutes.
check-valgrind: all $(check_PROGRAMS) $(check_DATA)
	@command -v valgrind >/dev/null || { echo "check-valgrind: skipped, valgrind is not installed"; exit 0; }; \
	$(TEST_ENVIRONMENT) TEST_TIMEOUT_S=$${TEST_TIMEOUT_S:-600} \
	    prove $(PROVE_FLAGS) --exec $(srcdir)/tests/helpers/run-valgrind $(UNIT_TESTS)

# Layout is .clang-format's. `make format` writes it.
C_FILES = find $(srcdir)/core $(srcdir)/plugins $(srcdir)/observers $(srcdir)/outputs $(srcdir)/runners $(srcdir)/tests \
    -name node_modules -prune -o -name '*.[ch]' -print
check-format:
	@command -v clang-format >/dev/null || { echo "check-format: skipped, clang-format is not installed"; exit 0; }; \
	$(C_FILES) | xargs clang-format --dry-run --Werror

format:
	$(C_FILES) | xargs clang-format -i

clean-asan:
	rm -rf asan
mostlyclean-local: clean-asan

.PHONY: check-asan check-valgrind check-format format clean-asan
EXTRA_DIST += tests/helpers/run-valgrind tests/helpers/valgrind.supp
