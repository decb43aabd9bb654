# SPDX-License-Identifier: Apache-2.0
# The two decoders must agree on every input. `make check` replays the corpus and
# makes inputs up for 20 s; these run longer:
#   make fuzz-decoder         10 million inputs of our own grammar
#   make fuzz-decoder-clang   coverage-guided, for FUZZ_SECONDS
WIRE_TESTS += %D%/fuzz_decoder
check_PROGRAMS += %D%/fuzz_decoder
FUZZ_SOURCES = %D%/differ.c %D%/differ.h tests/wire/report.c tests/wire/report.h
%C%_fuzz_decoder_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_fuzz_decoder_SOURCES = %D%/fuzz_decoder.c %D%/grammar.c %D%/grammar.h $(FUZZ_SOURCES)
EXTRA_DIST += %D%/fuzz_coverage.c

FUZZ_INPUTS = 10000000
FUZZ_SECONDS = 60
FUZZ_CC = clang
# The decoders without the rest of the host, which has libraries of its own.
FUZZ_LIBRARY = core/protocol/date.c core/protocol/decimal.c core/protocol/decoder.c core/protocol/draft.c core/protocol/fast.c \
    core/protocol/frame_envelope.c core/protocol/message.c core/protocol/names.c core/protocol/scan.c core/protocol/slow.c \
    core/protocol/text.c core/protocol/values.c core/base/buffer.c core/base/err.c core/base/json_writer.c core/base/memory.c \
    core/base/utf8.c

.PHONY: fuzz-decoder fuzz-decoder-clang
fuzz-decoder: %D%/fuzz_decoder
	top_srcdir="$(abs_top_srcdir)" ./%D%/fuzz_decoder --inputs $(FUZZ_INPUTS)

fuzz-decoder-clang:
	$(MKDIR_P) %D%/found
	cd $(srcdir) && $(FUZZ_CC) -std=gnu11 -D_GNU_SOURCE -fvisibility=hidden -g -O1 \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	    -Icore -I. -Iplugins/include -Itests $(JANSSON_CFLAGS) -o "$(abs_builddir)/%D%/fuzz_coverage" \
	    %D%/fuzz_coverage.c $(filter %.c,$(FUZZ_SOURCES)) $(FUZZ_LIBRARY) $(JANSSON_LIBS) -lm
	./%D%/fuzz_coverage -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -print_final_stats=1 \
	    %D%/found $(srcdir)/%D%/corpus

# The C runner's reader of HTTP/1 answers; make check changes answers at random in
# tests/unit/test_http1_parser.
EXTRA_DIST += %D%/fuzz_http1.c
.PHONY: fuzz-http1
fuzz-http1:
	$(MKDIR_P) %D%/found-http1
	cd $(srcdir) && $(FUZZ_CC) -std=gnu11 -D_GNU_SOURCE -g -O1 \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Icore -Irunners/c \
	    -o "$(abs_builddir)/%D%/fuzz_http1" %D%/fuzz_http1.c runners/c/http1_parser.c \
	    core/base/buffer.c core/base/err.c core/base/memory.c core/base/utf8.c
	./%D%/fuzz_http1 -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -print_final_stats=1 %D%/found-http1

# Everything else that reads text from outside (reader.h). `make check` makes inputs up
# from the seeds, the same ones each time, for about a second; with clang's fuzzer each
# target has FUZZ_SECONDS.
WIRE_TESTS += %D%/fuzz_readers
check_PROGRAMS += %D%/fuzz_readers
FUZZ_READERS = %D%/reader.c %D%/reader.h \
    %D%/reader_bridge.c %D%/reader_config.c %D%/reader_document.c %D%/reader_gunzip.c %D%/reader_irc.c \
    %D%/reader_json_body.c %D%/reader_markdown.c %D%/reader_secret.c %D%/reader_table.c
# What they read with and no library has.
FUZZ_READ = runners/bridge/line.c runners/bridge/splitter.c runners/c/gunzip.c runners/c/json_body.c \
    observers/irc/line.c observers/irc/talk.c
FUZZ_READERS_INCLUDES = -Irunners/bridge -Irunners/c/include -Irunners/c -Iobservers -Ioutputs \
    -Icore -I. -Iplugins/include -Itests
FUZZ_READERS_LIBS = $(FFI_LIBS) $(OPENSSL_LIBS) $(JANSSON_LIBS) $(ZLIB_LIBS) -lm
%C%_fuzz_readers_SOURCES = %D%/fuzz_readers.c %D%/grammar.c %D%/grammar.h $(FUZZ_READERS) $(FUZZ_READ)
%C%_fuzz_readers_CPPFLAGS = $(FUZZ_READERS_INCLUDES:-I%=-I$(srcdir)/%) $(AM_CPPFLAGS)
%C%_fuzz_readers_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS) $(ZLIB_CFLAGS)
%C%_fuzz_readers_LDADD = $(OUTPUT_LIBS) $(LDADD) $(OPENSSL_LIBS)
EXTRA_DIST += %D%/fuzz_readers_coverage.c

FUZZ_TARGETS = bridge config document gunzip irc json_body markdown secret table
.PHONY: fuzz fuzz-readers
fuzz: fuzz-decoder-clang fuzz-http1 fuzz-readers
fuzz-readers:
	cd $(srcdir) && $(FUZZ_CC) -std=gnu11 -D_GNU_SOURCE -fvisibility=hidden -g -O1 \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	    $(FUZZ_READERS_INCLUDES) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS) $(ZLIB_CFLAGS) $(FFI_CFLAGS) \
	    -o "$(abs_builddir)/%D%/fuzz_readers_coverage" %D%/fuzz_readers_coverage.c \
	    $(filter %.c,$(FUZZ_READERS)) $(FUZZ_READ) core/cli/config.c plugins/secret.c \
	    outputs/common/markdown.c outputs/common/document.c outputs/common/text.c \
	    core/base/*.c core/protocol/*.c core/results/*.c $(FUZZ_READERS_LIBS)
	for target in $(FUZZ_TARGETS); do \
	    $(MKDIR_P) %D%/found-$$target && \
	    FUZZ_TARGET=$$target ./%D%/fuzz_readers_coverage -max_total_time=$(FUZZ_SECONDS) -max_len=16384 \
	        -print_final_stats=1 -artifact_prefix=%D%/found-$$target/ \
	        %D%/found-$$target $(srcdir)/%D%/seeds/$$target || exit 1; \
	done

# Corpus and seeds go into the distribution whole.
dist-hook: dist-fuzz
.PHONY: dist-fuzz
dist-fuzz:
	$(MKDIR_P) $(distdir)/%D%/corpus
	cp $(srcdir)/%D%/corpus/* $(distdir)/%D%/corpus
	cp -R $(srcdir)/%D%/seeds $(distdir)/%D%
clean-local: clean-fuzz
.PHONY: clean-fuzz
clean-fuzz:
	-rm -rf %D%/found %D%/fuzz_coverage %D%/found-* %D%/fuzz_http1 %D%/fuzz_readers_coverage
