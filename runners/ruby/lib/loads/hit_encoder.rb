# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'encode'

module Loads
  # Hits as JSON. They are by far the most of all messages, and to record should cost
  # little: so this writes the text itself, and keeps what comes again and again.
  class HitEncoder
    KEPT = 1000

    # `identity`: members of every message, as JSON without braces.
    def initialize(identity)
      @head = "{\"data_type\":\"add_hit\",#{identity},\"seq\":"
      @targets = {} # method -> name -> URL -> their members
      @kept = 0
      @second = nil
    end

    # What most hits have in one go, and no more than that for most.
    def message(hit, seq)
      "#{@head}#{seq},\"loads_status\":#{hit.status_text},#{target(hit)},\"status\":#{hit.status}," \
        "\"started\":\"#{date(hit.unix_us)}\",\"elapsed\":#{hit.elapsed_us}e-6" \
        "#{answer(hit) if hit.ttfb_us}#{more(hit) if hit.connection || hit.error}}"
    end

    private

    def target(hit)
      @targets.dig(hit.method, hit.name, hit.url) || keep(hit)
    end

    def keep(hit)
      if (@kept += 1) > KEPT
        @targets.clear
        @kept = 1
      end
      known = ((@targets[hit.method] ||= {})[hit.name] ||= {})
      known[hit.url] = Encode.members({ url: hit.url, method: hit.method, name: hit.name }.compact)
    end

    def date(unix_us)
      second, us = unix_us.divmod(1_000_000)
      if second != @second
        @second = second
        @second_text = Time.at(second).utc.strftime('%Y-%m-%dT%H:%M:%S.')
      end
      "#{@second_text}#{us.to_s.rjust(6, '0')}Z"
    end

    def answer(hit)
      hit.bytes_in ? ",\"ttfb\":#{hit.ttfb_us}e-6,\"bytes_in\":#{hit.bytes_in}" : ",\"ttfb\":#{hit.ttfb_us}e-6"
    end

    def more(hit)
      ",#{Encode.members({ error: hit.error, **phases(hit.connection) }.compact)}"
    end

    # Seconds.
    def phases(connection)
      return {} if connection.nil?

      tls_us = connection.tls_us
      { connect: (connection.elapsed_us - (tls_us || 0)) / 1e6, tls: tls_us && tls_us / 1e6 }
    end
  end
end
