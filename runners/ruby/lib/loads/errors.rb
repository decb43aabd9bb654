# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

module Loads
  # What a test raised, for people to read.
  module Errors
    CAUSES_SHOWN = 5
    OWN_FRAMES = %r{\A(?:#{Regexp.escape(__dir__)}(?:/|\.rb:)|<internal:)}
    MINITEST_FRAMES = %r{/lib/minitest(?:/|\.rb)}
    # Assertions of libraries that need not be loaded.
    ASSERTIONS = %w[Loads::Failure Minitest::Assertion Test::Unit::AssertionFailedError
                    RSpec::Expectations::ExpectationNotMetError].freeze

    module_function

    # Is what was tested wrong, and not the test itself?
    def assertion?(error)
      error.class.ancestors.any? { |each| ASSERTIONS.include?(each.name) }
    end

    def skip?(error)
      defined?(::Minitest::Skip) && error.is_a?(::Minitest::Skip)
    end

    # The protocol's exc_info: [message, class, traceback]. A test may raise anything,
    # even an exception whose methods raise.
    def describe(error)
      [text(error), error.class.name || error.class.to_s, traceback(error)]
    end

    def text(error)
      message = error.message.to_s
      message.empty? ? error.class.to_s : message
    rescue StandardError
      'an error that cannot be read'
    end

    def traceback(error)
      causes = []
      while error && causes.size < CAUSES_SHOWN
        causes << error
        error = error.cause
      end
      first, *others = causes
      [frames(first), *others.map { |each| "Caused by #{each.class}: #{text(each)}\n#{frames(each)}" }].join("\n").strip
    end

    # Without those of this runner and of minitest, if others are left.
    def frames(error)
      all = error.backtrace || []
      readable = all.grep_v(OWN_FRAMES).grep_v(MINITEST_FRAMES)
      (readable.empty? ? all : readable).join("\n")
    end
  end
end
