# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'clock'
require_relative 'encode'

module Loads
  # Hits as JSON. They are by far the most of all messages, and to record should cost
  # little: so this writes the text itself, and keeps what comes again and again.
  class HitEncoder
    KEPT = 1000

    # One call for the whole message costs less than to put its parts together.
    BASIC = '%d,"loads_status":%s,%s,"status":%d,"started":"%s%06dZ","elapsed":%de-6'
    ANSWERED = "#{BASIC},\"ttfb\":%de-6,\"bytes_in\":%d}" # most are
    OTHER = "#{BASIC}%s}"
    private_constant :BASIC, :ANSWERED, :OTHER

    # `identity`: members of every message, as JSON without braces.
    def initialize(identity)
      head = "{\"data_type\":\"add_hit\",#{identity},\"seq\":".gsub('%', '%%')
      @answered = "#{head}#{ANSWERED}"
      @other = "#{head}#{OTHER}"
      @targets = {} # method -> name -> origin -> path -> their members
      @kept = 0
      @second_us = 0 # the second that was asked for last, and as text
    end

    # Reads what the time is, for the hits that come now: they have the monotonic clock's.
    def look_at_clock
      @unix_us = Clock.unix_us - Clock.now_us
    end

    def message(hit, seq)
      started_us = hit.began_us + @unix_us
      us = started_us - @second_us
      us = write_second(started_us) if us < 0 || us > 999_999
      if hit.bytes_in && hit.connection.nil? && hit.error.nil?
        format(@answered, seq, hit.status_text, target(hit), hit.status, @second_text, us,
               hit.elapsed_us, hit.ttfb_us, hit.bytes_in)
      else
        format(@other, seq, hit.status_text, target(hit), hit.status, @second_text, us,
               hit.elapsed_us, more(hit))
      end
    end

    private

    def target(hit)
      @targets[hit.method]&.[](hit.name)&.[](hit.origin)&.[](hit.path) || keep(hit)
    end

    def keep(hit)
      if (@kept += 1) > KEPT
        @targets.clear
        @kept = 1
      end
      known = (((@targets[hit.method] ||= {})[hit.name] ||= {})[hit.origin] ||= {})
      known[hit.path] = Encode.members({ url: hit.url, method: hit.method, name: hit.name }.compact)
    end

    # Returns how much of it has passed.
    def write_second(unix_us)
      @second_us = unix_us - unix_us % 1_000_000
      @second_text = Time.at(@second_us / 1_000_000).utc.strftime('%Y-%m-%dT%H:%M:%S.')
      unix_us - @second_us
    end

    def more(hit)
      fields = { ttfb: hit.ttfb_us && hit.ttfb_us / 1e6, bytes_in: hit.bytes_in, error: hit.error, **phases(hit.connection) }
      fields.compact!
      fields.empty? ? '' : ",#{Encode.members(fields)}"
    end

    # Seconds.
    def phases(connection)
      return {} if connection.nil?

      tls_us = connection.tls_us
      { connect: (connection.elapsed_us - (tls_us || 0)) / 1e6, tls: tls_us && tls_us / 1e6 }
    end
  end
end
