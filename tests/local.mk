# SPDX-License-Identifier: Apache-2.0
# `make check` runs every list in turn through prove; each test prints TAP and
# has a time limit (tests/helpers/run-test).
EXTRA_DIST += %D%/helpers/run-test %D%/helpers/original.py %D%/helpers/runner.py %D%/helpers/site.bash

TEST_ENVIRONMENT = top_srcdir="$(abs_top_srcdir)" top_builddir="$(abs_top_builddir)" PYTHON3="$(PYTHON3)"
# Many tests mostly wait: more at once than a small machine has processors.
PROVE_FLAGS = --jobs 3 --failures

check-local: all $(check_PROGRAMS) $(check_DATA)
	@tests=; for test in $(TESTS_TO_RUN); do \
	    if test -e $$test; then tests="$$tests $$test"; else tests="$$tests $(srcdir)/$$test"; fi; done; \
	    $(TEST_ENVIRONMENT) prove $(PROVE_FLAGS) --exec $(srcdir)/%D%/helpers/run-test $$tests
# `make check TESTS_TO_RUN=tests/unit/test_utf8` runs one. TEST_LIST is for the variants.
TESTS_TO_RUN = $($(or $(TEST_LIST),ALL_TESTS))

include %D%/badplugins/local.mk
include %D%/bench/local.mk
include %D%/fuzz/local.mk
include %D%/helpers/local.mk
include %D%/observers/local.mk
include %D%/outputs/local.mk
include %D%/runs/local.mk
include %D%/unit/local.mk
include %D%/wire/local.mk
include %D%/variants.mk
