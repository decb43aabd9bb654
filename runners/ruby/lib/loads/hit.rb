# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'clock'

module Loads
  # One request on the wire, reported exactly once: elapsed runs until the whole body
  # has arrived, or, when the test did not take it all, until the headers had.
  class Hit
    attr_writer :connect, :tls

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

    # The headers of the response are here; `bytes` of body follow, if known.
    def headers(status, bytes)
      @status = status
      @bytes = bytes
      @ttfb = Clock.since(@began)
    end

    def answered? = !@status.nil?

    # The whole body is here; `bytes` counts where the headers did not tell.
    def finish(bytes)
      report(status: @status, elapsed: Clock.since(@began), bytes_in: @bytes || bytes)
    end

    # The rest of the body will not be read.
    def leave
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
      fields[:connect] = @connect
      fields[:tls] = @tls
      fields[:ttfb] = @ttfb
      @user.report_hit(fields)
    end
  end
end
