# SPDX-License-Identifier: Apache-2.0
# Measurements. The corpus is made when it is needed: 10 000 messages as runners
# in four languages write them, in both dialects.
EXTRA_PROGRAMS += %D%/bench_decoder %D%/corpus/corpus
CLEANFILES += %D%/corpus.jsonl
EXTRA_DIST += %D%/corpus/corpus.py %D%/corpus/corpus.js %D%/corpus/corpus.rb
%C%_corpus_corpus_LDADD = -lm

CORPUS_EACH = 2500
RUBY = ruby
PYTHON = python3
%D%/corpus.jsonl: %D%/corpus/corpus$(EXEEXT) %D%/corpus/corpus.py %D%/corpus/corpus.js %D%/corpus/corpus.rb
	$(AM_V_GEN){ $(PYTHON) $(srcdir)/%D%/corpus/corpus.py $(CORPUS_EACH) && \
	    $(NODE) $(srcdir)/%D%/corpus/corpus.js $(CORPUS_EACH) && \
	    $(RUBY) $(srcdir)/%D%/corpus/corpus.rb $(CORPUS_EACH) && \
	    ./%D%/corpus/corpus$(EXEEXT) $(CORPUS_EACH); } >$@.part && mv $@.part $@

.PHONY: bench-decoder
bench-decoder: %D%/bench_decoder %D%/corpus.jsonl
	./%D%/bench_decoder %D%/corpus.jsonl
# Programs that measure; built when asked for.
EXTRA_PROGRAMS += %D%/bench_results
