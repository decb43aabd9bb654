# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'clock'

module Loads
  # One request on the wire, reported exactly once: elapsed runs until the whole body
  # has arrived, or, when the test did not take it all, until the headers had.
  class Hit
    attr_reader :status

    # What was opened for it, if anything: with `elapsed` and `tls`.
    attr_writer :connection

    # `earlier`: seconds that were spent on it before, for its connection.
    def initialize(user, method, url, earlier = 0)
      @user = user
      @method = method
      @url = url
      @name = Thread.current[:loads_name]
      @began = Clock.now - earlier
      @started = Time.now - earlier
      user.open_hits[self] = true
    end

    # The headers of the response are here.
    def headers(status)
      @status = status
      @ttfb = Clock.since(@began)
    end

    # The body is here, as far as the test's client is concerned: Net::HTTP takes one
    # that was cut for a whole one. Either number may be nil, for not known.
    def finish(declared, received)
      return fail("the answer ended after #{received} of #{declared} bytes") if declared && received && received < declared

      report(status: @status, elapsed: Clock.since(@began), bytes_in: declared || received)
    end

    # The rest will not be read.
    def leave
      return fail('the test did not wait for the answer') if @status.nil?

      report(status: @status, elapsed: @ttfb)
    end

    def fail(why)
      report(status: 0, elapsed: Clock.since(@began), error: why)
    end

    private

    def report(fields)
      return unless @user.open_hits.delete(self)

      fields[:url] = @url
      fields[:method] = @method
      fields[:started] = Clock.date(@started)
      fields[:name] = @name
      connect(fields, @connection) if @connection
      fields[:ttfb] = @ttfb
      @user.report_hit(fields)
    end

    def connect(fields, connection)
      fields[:tls] = connection.tls
      fields[:connect] = (connection.elapsed - (connection.tls || 0)).round(6)
    end
  end
end
