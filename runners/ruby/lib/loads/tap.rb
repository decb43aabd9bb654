# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

module Loads
  # Takes the place of the host when there is none: each test runs once, and its messages
  # become TAP, one line a hit.
  class Tap
    # What a server answers may be in a message, and must not steer the terminal.
    CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

    def initialize(stream, seed)
      @stream = stream
      @mutex = Mutex.new
      @count = @failed = 0
      print 'TAP version 13'
      comment "--seed #{seed}"
    end

    def report(type, fields)
      @mutex.synchronize do
        case type
        when 'incr_counter' then comment "counter #{fields[:name]} #{fields[:value]}"
        when 'metric' then comment "#{fields[:kind]} #{fields[:name]} #{fields[:value]}"
        when 'addSuccess' then result('ok', fields)
        when 'addFailure', 'addError' then failure(fields)
        end
      end
    end

    def report_hit(hit)
      @mutex.synchronize do
        comment "#{hit.method} #{hit.name || hit.url} #{hit.error || hit.status} #{format('%.1f', hit.elapsed_us / 1000.0)} ms"
      end
    end

    # The host learns only that such a test has stopped.
    def skip(test, reason)
      @mutex.synchronize { result('ok', { test: test }, " # SKIP #{reason.tr("\n", ' ')}") }
    end

    # Returns the exit code.
    def finish
      print "1..#{@count}"
      @failed.zero? ? 0 : 1
    end

    private

    def print(line)
      @stream.puts(line.gsub(CONTROL) { |each| format('\x%02x', each.ord) }.rstrip)
    end

    def comment(text)
      Encode.safe_text(text, Encode::TRACEBACK_LIMIT).split("\n").each { |line| print("# #{line}") }
    end

    def result(verdict, fields, more = '')
      @count += 1
      test = Encode.safe_text(fields[:test], Encode::TEXT_LIMIT).gsub(/[#\n]/, '#' => '\#', "\n" => ' ')
      print "#{verdict} #{@count} - #{test}#{more}"
    end

    def failure(fields)
      @failed += 1
      result('not ok', fields)
      message, name, traceback = fields[:exc_info]
      comment "#{name}: #{message}"
      comment traceback
    end
  end
end
