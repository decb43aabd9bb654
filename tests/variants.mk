# SPDX-License-Identifier: Apache-2.0
# Which tests run in which variant, the same tests another way, and checks of the
# source itself.

# All of them, in order of speed, but the longest begin first: those mostly wait.
LONG_TESTS = tests/runs/conformance.bats tests/runs/docs.bash tests/badplugins/plugins.bats
ALL_TESTS = $(LONG_TESTS) $(filter-out $(LONG_TESTS),$(UNIT_TESTS) $(WIRE_TESTS) $(PLUGIN_TESTS) $(RUN_TESTS))

# What exercises our own C code. Interpreters and documentation do it no other way
# than the rest, and a sanitizer finds nothing in them.
ASAN_TESTS = $(filter-out $(JS_TESTS) $(RUBY_TESTS) $(PYTHON_TESTS) tests/runs/conformance.bats tests/runs/docs.bash \
    tests/runs/javascript.bats tests/runs/ruby.bats tests/runs/trust.py,$(ALL_TESTS))

# For a build from the tarball: what is made of each folder works. That no file is
# missing is seen when the tarball is made (dist-complete).
DIST_TESTS = tests/runs/docs.bash $(UNIT_TESTS) tests/wire/test_wire tests/wire/reference.py \
    tests/badplugins/observers.bats tests/runs/cli.bats tests/runs/quickstart.bats tests/runs/trust.py

# Automake has a rule for it, which a rule of this name would replace.
CHECKING_DIST = distcheck
$(CHECKING_DIST): export TEST_LIST = DIST_TESTS

# Every file that git knows is in the tarball, when the other hooks have copied theirs.
dist-hook: dist-complete
.PHONY: dist-complete
dist-complete: dist-fuzz dist-wire
	@test -e $(srcdir)/.git || exit 0; missing=; \
	for file in `cd $(srcdir) && git ls-files`; do \
	    case $$file in .gitignore | .gitattributes) continue ;; esac; \
	    test -e $(distdir)/$$file || missing="$$missing $$file"; done; \
	test -z "$$missing" || { echo "not in the tarball:$$missing" >&2; exit 1; }

# A build of its own under the sanitizers, in asan/, configured like this one. A
# crash there ends by a signal, as it does without them.
check-asan:
	$(AM_V_at)$(MKDIR_P) asan
	$(AM_V_at)test -f asan/Makefile || { set -e; \
	    eval "set -- `./config.status --config`"; cd asan; \
	    $(abs_top_srcdir)/configure --quiet "$$@" --enable-sanitizers; }
	ASAN_OPTIONS=$${ASAN_OPTIONS:-abort_on_error=1} TEST_LIST=ASAN_TESTS $(MAKE) -C asan check

# The C runner under ThreadSanitizer, which knows fibers, in tsan/: what of it is more
# than one thread. One that is stopped early ends without waiting for its threads.
TSAN_TESTS = tests/unit/test_fiber tests/unit/test_loop
check-tsan:
	$(AM_V_at)$(MKDIR_P) tsan
	$(AM_V_at)test -f tsan/Makefile || { set -e; \
	    eval "set -- `./config.status --config`"; cd tsan; \
	    $(abs_top_srcdir)/configure --quiet "$$@" --disable-sanitizers; }
	$(AM_V_at)$(MAKE) -C tsan SANITIZERS=-fsanitize=thread loads-c-runner $(TSAN_TESTS)
	cd tsan && TSAN_OPTIONS=report_thread_leaks=0:suppressions=$(abs_top_srcdir)/tests/helpers/tsan.supp \
	    $(TEST_ENVIRONMENT) top_builddir=$(abs_top_builddir)/tsan \
	    prove $(PROVE_FLAGS) --exec $(abs_top_srcdir)/tests/helpers/run-test $(TSAN_TESTS) \
	    $(abs_top_srcdir)/runners/c/tests/c_runner.py

# The unit tests under valgrind, which takes minutes, and a small run of the C runner.
check-valgrind: all $(check_PROGRAMS) $(check_DATA)
	@command -v valgrind >/dev/null || { echo "check-valgrind: skipped, valgrind is not installed"; exit 0; }; \
	$(TEST_ENVIRONMENT) TEST_TIMEOUT_S=$${TEST_TIMEOUT_S:-600} \
	    prove $(PROVE_FLAGS) --exec $(srcdir)/tests/helpers/run-valgrind $(UNIT_TESTS) && \
	$(TEST_ENVIRONMENT) C_RUNNER_WRAPPER="valgrind --quiet --error-exitcode=99" \
	    $(PYTHON3) $(srcdir)/runners/c/tests/c_runner.py test_every_hit_is_reported_once

# Layout is .clang-format's. `make format` writes it.
C_FILES = find $(srcdir)/core $(srcdir)/plugins $(srcdir)/observers $(srcdir)/outputs $(srcdir)/runners $(srcdir)/tests \
    -name node_modules -prune -o -name '*.[ch]' -print
check-format:
	@command -v clang-format >/dev/null || { echo "check-format: skipped, clang-format is not installed"; exit 0; }; \
	$(C_FILES) | xargs clang-format --dry-run --Werror

format:
	$(C_FILES) | xargs clang-format -i

clean-asan:
	rm -rf asan tsan
mostlyclean-local: clean-asan

.PHONY: check-asan check-tsan check-valgrind check-format format clean-asan
EXTRA_DIST += tests/helpers/run-valgrind tests/helpers/tsan.supp tests/helpers/valgrind.supp
