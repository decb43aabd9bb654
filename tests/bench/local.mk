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
RUBY = ruby
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

# `make bench-c`: the C runner beside wrk. Needs wrk and nginx.
EXTRA_DIST += %D%/bench_c_runner.py
.PHONY: bench-c
bench-c: all
	@$(TEST_ENVIRONMENT) PATH="$(abs_top_builddir):$$PATH" LOADS_PLUGIN_PATH="$(abs_top_builddir)/outputs" \
	    $(PYTHON3) $(srcdir)/%D%/bench_c_runner.py

# `make bench-bridge`: a run of a program through the bridge beside a bare loop.
EXTRA_PROGRAMS += %D%/spawn_loop
CLEANFILES += %D%/spawn_loop
EXTRA_DIST += %D%/bench_bridge.py
.PHONY: bench-bridge
bench-bridge: all %D%/spawn_loop$(EXEEXT)
	@$(TEST_ENVIRONMENT) PATH="$(abs_top_builddir):$$PATH" LOADS_PLUGIN_PATH="$(abs_top_builddir)/outputs" \
	    $(PYTHON3) $(srcdir)/%D%/bench_bridge.py ./%D%/spawn_loop$(EXEEXT)
