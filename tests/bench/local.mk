# SPDX-License-Identifier: Apache-2.0
# `make bench` measures: what one message costs, stage by stage, and what the host
# takes in a second beside libzmq alone. Not part of `make check`: a figure depends
# on the machine. The corpus is made when it is needed: 10 000 messages as runners
# in four languages write them, in both dialects.
BENCHES = %D%/bench_decoder %D%/bench_results %D%/bench_ingest %D%/bench_html
EXTRA_PROGRAMS += $(BENCHES) %D%/corpus/corpus
CLEANFILES += $(BENCHES) %D%/corpus/corpus %D%/corpus.jsonl
EXTRA_DIST += %D%/corpus/corpus.py %D%/corpus/corpus.js %D%/corpus/corpus.rb
%C%_corpus_corpus_LDADD = -lm
%C%_bench_ingest_CFLAGS = $(AM_CFLAGS) $(ZMQ_CFLAGS)
%C%_bench_ingest_LDADD = $(LOADS_LIBS) $(ZMQ_LIBS)

CORPUS_EACH = 2500
%D%/corpus.jsonl: %D%/corpus/corpus$(EXEEXT) %D%/corpus/corpus.py %D%/corpus/corpus.js %D%/corpus/corpus.rb
	$(AM_V_GEN){ $(PYTHON3) $(srcdir)/%D%/corpus/corpus.py $(CORPUS_EACH) && \
	    $(NODE) $(srcdir)/%D%/corpus/corpus.js $(CORPUS_EACH) && \
	    $(RUBY) $(srcdir)/%D%/corpus/corpus.rb $(CORPUS_EACH) && \
	    ./%D%/corpus/corpus$(EXEEXT) $(CORPUS_EACH); } >$@.part && mv $@.part $@

.PHONY: bench
bench: all $(BENCHES) %D%/corpus.jsonl
	@echo "# `uname -srm`, `nproc` processors, `sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1`"
	@echo "# one message, stage by stage: decoding"
	@./%D%/bench_decoder %D%/corpus.jsonl
	@echo "# one message, stage by stage: counting and merging"
	@./%D%/bench_results
	@echo "# messages into the host"
	@PATH="$(abs_top_builddir):$$PATH" LOADS_PLUGIN_PATH="$(abs_top_builddir)/outputs" \
	    ./%D%/bench_ingest %D%/corpus.jsonl %D%
	@echo "# reports"
	@if test -e outputs/html.so; then ./%D%/bench_html outputs/html.so %D%/report.html; fi

# What each output costs beside output null.
EXTRA_DIST += %D%/bench_outputs.py
.PHONY: bench-outputs
bench-outputs: all
	@echo "# `uname -srm`, `nproc` processors, `sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1`"
	@$(BENCH_ENVIRONMENT) $(PYTHON3) $(srcdir)/%D%/bench_outputs.py

# The runners beside others of their kind. What comes from npm has a folder of its own.
EXTRA_DIST += %D%/bench_bridge.py %D%/bench_c_runner.py %D%/bench_clients.py %D%/bench_js_runner.py \
    %D%/bench_python_runner.py %D%/bench_ruby_runner.rb %D%/bench_site.py \
    %D%/peers/package.json %D%/peers/package-lock.json
EXTRA_PROGRAMS += %D%/spawn_loop %D%/exact_client
CLEANFILES += %D%/spawn_loop %D%/exact_client
%C%_exact_client_LDADD =
BENCH_ENVIRONMENT = $(TEST_ENVIRONMENT) PATH="$(abs_top_builddir):$$PATH" \
    LOADS_PLUGIN_PATH="$(abs_top_builddir)/outputs"

bench_npm = %D%/npm
.PHONY: bench-peers clean-bench
bench-peers:
	@$(MKDIR_P) $(bench_npm) && for file in package.json package-lock.json; do \
	    $(INSTALL_DATA) $(srcdir)/%D%/peers/$$file $(bench_npm)/$$file || exit 1; done
	@cd $(bench_npm) && $(NPM) ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error \
	    >npm.log 2>&1 || cat npm.log >&2
clean-local: clean-bench
clean-bench:
	-rm -rf $(bench_npm)

# C beside wrk, which it needs as it needs nginx, and others as far as they are there;
# JavaScript beside autocannon, and what recording costs; Python beside a bare loop of
# requests and Locust; Ruby, and what recording costs; the bridge beside a bare loop.
.PHONY: bench-c bench-js bench-python bench-ruby bench-bridge
bench-c: all bench-peers %D%/exact_client$(EXEEXT) tests/helpers/exact-server$(EXEEXT)
	@$(BENCH_ENVIRONMENT) $(PYTHON3) $(srcdir)/%D%/bench_c_runner.py
bench-js: all bench-peers
	@$(BENCH_ENVIRONMENT) $(PYTHON3) $(srcdir)/%D%/bench_js_runner.py $(abs_top_builddir)/$(bench_npm)
bench-python: all
	@$(BENCH_ENVIRONMENT) $(PYTHON3) $(srcdir)/%D%/bench_python_runner.py
bench-ruby: all
	@$(BENCH_ENVIRONMENT) $(RUBY) $(srcdir)/%D%/bench_ruby_runner.rb
bench-bridge: all %D%/spawn_loop$(EXEEXT)
	@$(BENCH_ENVIRONMENT) $(PYTHON3) $(srcdir)/%D%/bench_bridge.py ./%D%/spawn_loop$(EXEEXT)
