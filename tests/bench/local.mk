# SPDX-License-Identifier: Apache-2.0
# `make bench` measures: what one message costs, stage by stage, and what the host
# takes in a second beside libzmq alone. Not part of `make check`: a figure depends
# on the machine. The corpus is made when it is needed: 10 000 messages as runners
# in four languages write them, in both dialects.
BENCHES = %D%/bench_decoder %D%/bench_results %D%/bench_ingest
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

# `make bench-python`: the Python runner beside a bare loop of requests, and beside Locust
# where it is installed (Debian: python3-locust).
EXTRA_DIST += %D%/bench_python_runner.py
.PHONY: bench-python
bench-python: all
	@$(TEST_ENVIRONMENT) LOADS_PLUGIN_PATH="$(abs_top_builddir)/outputs" \
	    $(PYTHON3) $(srcdir)/%D%/bench_python_runner.py

# `make bench-c`: the C runner beside wrk. Needs wrk and nginx.
EXTRA_DIST += %D%/bench_c_runner.py
# `make bench-c`: the C runner beside wrk, which it needs as it needs nginx, and others
# as far as they are there.
EXTRA_DIST += %D%/bench_c_runner.py %D%/bench_clients.py %D%/bench_site.py \
    %D%/peers/package.json %D%/peers/package-lock.json
bench_npm = %D%/npm
.PHONY: bench-c
bench-c: all
	@$(MKDIR_P) $(bench_npm) && for file in package.json package-lock.json; do \
	    $(INSTALL_DATA) $(srcdir)/%D%/peers/$$file $(bench_npm)/$$file || exit 1; done
	@cd $(bench_npm) && $(NPM) ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error \
	    >npm.log 2>&1 || cat npm.log >&2
	@$(TEST_ENVIRONMENT) PATH="$(abs_top_builddir):$$PATH" LOADS_PLUGIN_PATH="$(abs_top_builddir)/outputs" \
	    $(PYTHON3) $(srcdir)/%D%/bench_c_runner.py

# `make bench-ruby`: what recording costs in the Ruby runner. Needs nginx.
EXTRA_DIST += %D%/bench_ruby_runner.rb
.PHONY: bench-ruby
bench-ruby: all
	@$(TEST_ENVIRONMENT) PATH="$(abs_top_builddir):$$PATH" LOADS_PLUGIN_PATH="$(abs_top_builddir)/outputs" \
	    $(RUBY) $(srcdir)/%D%/bench_ruby_runner.rb

clean-local: clean-bench-peers
.PHONY: clean-bench-peers
clean-bench-peers:
	-rm -rf $(bench_peers)/node_modules $(bench_peers)/npm.log
	test $(srcdir)/$(bench_peers)/package.json -ef $(bench_peers)/package.json || rm -rf $(bench_peers)
clean-local: clean-bench
.PHONY: clean-bench
clean-bench:
	-rm -rf $(bench_npm)

# `make bench-bridge`: a run of a program through the bridge beside a bare loop.
EXTRA_PROGRAMS += %D%/spawn_loop
CLEANFILES += %D%/spawn_loop
EXTRA_DIST += %D%/bench_bridge.py
.PHONY: bench-bridge
bench-bridge: all %D%/spawn_loop$(EXEEXT)
	@$(TEST_ENVIRONMENT) PATH="$(abs_top_builddir):$$PATH" LOADS_PLUGIN_PATH="$(abs_top_builddir)/outputs" \
	    $(PYTHON3) $(srcdir)/%D%/bench_bridge.py ./%D%/spawn_loop$(EXEEXT)
