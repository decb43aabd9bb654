# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'clock'

module Loads
  # One request on the wire, reported exactly once: elapsed runs until the whole body
  # has arrived, or, when the test did not take it all, until the headers had.
  class Hit
    attr_reader :status_text, :url, :method, :name, :status, :error, :unix_us, :elapsed_us, :ttfb_us, :bytes_in
    # What was opened for it, if anything: a Connection.
    attr_accessor :connection

    LATER = { Exception => :never }.freeze
    private_constant :LATER

    # How long it took to connect, and of that, for TLS (nil: without it).
    Connection = Struct.new(:elapsed_us, :tls_us)

    # `earlier_us`: what was spent on it before, for its connection.
    def initialize(user, method, url, earlier_us = 0)
      @user = user
      @status_text = user.status_text
      @method = method
      @url = url
      @name = Thread.current[:loads_name]
      @unix_us = Clock.unix_us - earlier_us
      @began_us = Clock.now_us - earlier_us
      user.open_hits[self] = true
    end

    # The headers of the response are here.
    def headers(status)
      @status = status
      @ttfb_us = Clock.now_us - @began_us
    end

    # The body is here, as far as the test's client is concerned: Net::HTTP takes one
    # that was cut for a whole one. Either number may be nil, for not known.
    def finish(declared, received)
      return fail("the answer ended after #{received} of #{declared} bytes") if declared && received && received < declared

      @bytes_in = declared || received
      report(Clock.now_us - @began_us)
    end

    # The rest will not be read.
    def leave
      @status ? report(@ttfb_us) : fail('the test did not wait for the answer')
    end

    def fail(why)
      @error = why
      @status = 0
      report(Clock.now_us - @began_us)
    end

    private

    # A time-out of the test, which may come at any moment, must not come between.
    def report(elapsed_us)
      Thread.handle_interrupt(LATER) do
        next unless @user.open_hits.delete(self)

        @elapsed_us = elapsed_us
        @user.report_hit(self)
      end
    end
  end
end
